import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DeployError } from "./deploy-error.ts";

export interface WranglerAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

export interface WranglerOptions {
  /** It talks to the person at the terminal itself: what it prints is not in the answer. */
  isShown?: boolean;
  /** What of its account is meant, where the login has several. */
  accountId?: string | null;
}

/** Runs one wrangler command to its end. Tests have one that plays an account. */
export type RunWrangler = (args: string[], options?: WranglerOptions) => Promise<WranglerAnswer>;

/**
 * The installed wrangler, as a process.
 *
 * @param program another one in its place; a `.ts` or `.js` file is run by Node
 * @param isInteractive whether commands that are shown may ask back
 */
export function wranglerProcess(program: string | undefined, isInteractive: boolean): RunWrangler {
  const script = program ?? installedWrangler();
  const [command, ...before] = /\.[jt]s$/.test(script) ? [process.execPath, script] : [script];
  return (args, { isShown = false, accountId = null } = {}) =>
    new Promise((resolve, reject) => {
      const mayAsk = isShown && isInteractive;
      const child = spawn(command ?? script, [...before, ...args], {
        stdio: mayAsk ? "inherit" : ["ignore", "pipe", "pipe"],
        env: {
          ...process.env,
          WRANGLER_SEND_METRICS: "false",
          WRANGLER_HIDE_BANNER: "true",
          NO_COLOR: "1",
          ...(mayAsk ? {} : { CI: "1" }),
          ...(accountId === null ? {} : { CLOUDFLARE_ACCOUNT_ID: accountId }),
        },
      });
      let stdout = "";
      let stderr = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        if (isShown) process.stdout.write(text);
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
        if (isShown) process.stderr.write(text);
      });
      child.once("error", reject);
      child.once("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
    });
}

function installedWrangler(): string {
  const manifest = createRequire(import.meta.url).resolve("wrangler/package.json");
  return join(dirname(manifest), "bin", "wrangler.js");
}

/** wrangler for one installation: its account, and answers that failed as errors. */
export class Wrangler {
  readonly #run: RunWrangler;
  accountId: string | null;

  constructor(run: RunWrangler, accountId: string | null) {
    this.#run = run;
    this.accountId = accountId;
  }

  /** @returns the answer also where it failed */
  try(args: string[]): Promise<WranglerAnswer> {
    return this.#run(args, { accountId: this.accountId });
  }

  /** @throws DeployError with wrangler's own words where it failed */
  async do(args: string[], options: Pick<WranglerOptions, "isShown"> = {}): Promise<string> {
    const answer = await this.#run(args, { ...options, accountId: this.accountId });
    if (answer.code === 0) return answer.stdout;
    throw options.isShown === true
      ? new DeployError(`\`wrangler ${args.join(" ")}\` failed; what it says stands above.`)
      : failed(args, answer);
  }

  /** @throws DeployError where it failed or printed something that is no JSON */
  async read(args: string[]): Promise<unknown> {
    return parseAnswer(args, await this.do(args));
  }
}

/** JSON as wrangler prints it: a warning can stand before it. */
export function parseAnswer(args: string[], stdout: string): unknown {
  const begin = stdout.search(/^[[{]/m);
  try {
    return JSON.parse(stdout.slice(Math.max(begin, 0))) as unknown;
  } catch {
    throw new DeployError(`\`wrangler ${args.join(" ")}\` printed something that is no JSON.`);
  }
}

export function failed(args: string[], { stdout, stderr }: WranglerAnswer): DeployError {
  // Errors of the API go to stdout in some commands, to stderr in others.
  const words = `${stderr}\n${stdout}`
    // eslint-disable-next-line no-control-regex -- colours, which some of its parts print anyhow
    .replaceAll(/\u001B\[[\d;]*m/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter(
      (line) =>
        line !== "" &&
        !/Logs were written|create an issue at|newer version of Wrangler/i.test(line),
    )
    .slice(0, 12)
    .join("\n  ");
  return new DeployError(
    `\`wrangler ${args.join(" ")}\` failed${words === "" ? "." : `:\n  ${words}`}`,
  );
}
