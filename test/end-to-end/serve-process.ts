import { once } from "node:events";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";

export const SECRETS = {
  appSecret: "end-to-end-app-secret",
  verifyToken: "end-to-end-verify-token",
  operatorToken: "end-to-end-operator-token",
};

export interface ServeOptions {
  state: string;
  port: number;
  graphUrl: string;
  /** More flags, without their dashes. */
  flags?: Record<string, string>;
  /** Another program that takes the same flags and says the same line. */
  script?: string;
}

/** `npm run serve` as its own process group, as a supervisor would start it. */
export class ServeProcess {
  readonly url: string;
  readonly pid: number;
  /** All that it wrote beside its first line: the gateway's log, and whatever broke. */
  readonly logged: readonly string[];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  private constructor(child: ChildProcess, pid: number, url: string, logged: readonly string[]) {
    this.#child = child;
    this.#closed = once(child, "close");
    this.pid = pid;
    this.url = url;
    this.logged = logged;
  }

  static async start(options: ServeOptions): Promise<ServeProcess> {
    const child = spawnServe(options);
    const logged: string[] = [];
    createInterface({ input: child.stderr as Readable }).on("line", (line) => logged.push(line));
    for await (const line of createInterface({ input: child.stdout as Readable })) {
      const { ready, url } = JSON.parse(line) as { ready: boolean; url: string };
      if (ready && child.pid !== undefined) {
        return new ServeProcess(child, child.pid, url, logged);
      }
    }
    throw new Error(`serve ended before it was ready: ${logged.slice(-50).join("\n")}`);
  }

  /** Waits until it has ended and all that it wrote has been read. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  /** Starts it, and kills the group after so many ms, ready or not. */
  static async killWhileStarting(options: ServeOptions, afterMs: number): Promise<void> {
    const child = spawnServe(options);
    const { pid } = child;
    if (pid === undefined) throw new Error("serve could not be started.");
    const started = new ServeProcess(child, pid, "", []);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await started.killGroup();
  }

  /** SIGKILL to the whole group: node, workerd, everything, in the middle of whatever it does. */
  killGroup(): Promise<void> {
    return this.#kill(-this.pid);
  }

  /** SIGKILL to node alone: workerd stays behind, on the port and on the files. */
  killNode(): Promise<void> {
    return this.#kill(this.pid);
  }

  #kill(pid: number): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      process.kill(pid, "SIGKILL");
    });
  }
}

function spawnServe(options: ServeOptions): ChildProcess {
  const flags = Object.entries({
    port: options.port,
    state: options.state,
    "graph-url": options.graphUrl,
    "app-id": "510000000000001",
    "app-secret": SECRETS.appSecret,
    "verify-token": SECRETS.verifyToken,
    "operator-token": SECRETS.operatorToken,
    ...options.flags,
  }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return spawn(process.execPath, [options.script ?? "scripts/serve.ts", ...flags], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
}
