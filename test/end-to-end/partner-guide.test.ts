import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "./stage.ts";
import type { ChildProcess } from "node:child_process";

const ROOT = join(import.meta.dirname, "../..");
const GUIDE = readFileSync(join(ROOT, "docs/partner-guide.md"), "utf8");

/** The commands of the guide, each with what its output has to show. */
const STEPS = [...GUIDE.matchAll(/```sh\n(.*?)```(?:\n<!-- shows: (.*?) -->)?/gs)].map((match) => ({
  commands: match[1] ?? "",
  shows: match[2],
}));

/** One bash in which the steps follow each other, as in the reader's terminal. */
class Terminal {
  readonly #bash: ChildProcess;
  #output = "";
  #heard: () => void = () => undefined;
  #ended: () => void = () => undefined;

  constructor(cwd: string, env: Record<string, string>) {
    this.#bash = spawn("bash", [], { cwd, env: { ...process.env, ...env }, detached: true });
    // `set -e` ends it at the first command that fails; nobody asks it anything after that.
    this.#bash.once("exit", () => this.#ended());
    for (const stream of [this.#bash.stdout, this.#bash.stderr]) {
      stream?.on("data", (text: Buffer) => {
        this.#output += text.toString();
        this.#heard();
      });
    }
  }

  /** @returns what the commands printed. @throws Error with it where one of them fails */
  async run(commands: string): Promise<string> {
    this.#output = "";
    this.#bash.stdin?.write(`set -e -o pipefail\n${commands}\necho @@done\n`);
    await new Promise<void>((resolve, reject) => {
      this.#heard = () => {
        if (this.#output.includes("@@done")) resolve();
      };
      this.#ended = () => reject(new Error(`A command failed: ${this.#output}`));
    });
    return this.#output;
  }

  close(): void {
    if (this.#bash.pid !== undefined) process.kill(-this.#bash.pid, "SIGKILL");
  }
}

describe("docs/partner-guide.md against npm start", () => {
  let demo: ChildProcess;
  let terminal: Terminal;
  const folder = mkdtempSync(join(tmpdir(), "tandem-guide-"));

  beforeAll(async () => {
    const port = await freePort();
    const flags = ["--port", String(port), "--messages", "60", "--customers", "12"];
    demo = spawn(
      process.execPath,
      ["scripts/start.ts", ...flags, "--state", join(folder, "state")],
      {
        cwd: ROOT,
        detached: true,
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const env: Record<string, string> = {};
    const { stdout } = demo;
    if (stdout === null) throw new Error("The demo has no output.");
    // What is printed for the reader to paste.
    for await (const line of createInterface({ input: stdout })) {
      if (!line.trim().startsWith("export ")) continue;
      for (const [, name, value] of line.matchAll(/([A-Z_]+)=(\S+)/g)) {
        if (name !== undefined && value !== undefined) env[name] = value;
      }
      if (env["ACCESS_TOKEN"] !== undefined) break;
    }
    stdout.resume();
    // Its files are to be gone with it; what it names of ours is there.
    symlinkSync(join(ROOT, "examples"), join(folder, "examples"));
    terminal = new Terminal(folder, { ...env, PORT: String(await freePort()) });
  }, 120_000);

  afterAll(() => {
    terminal?.close();
    if (demo.pid !== undefined) process.kill(-demo.pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(STEPS)("$commands", async ({ commands, shows }) => {
    const output = await terminal.run(commands);
    if (shows !== undefined) expect(output).toContain(shows);
  });
});
