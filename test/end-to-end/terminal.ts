import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

/** One bash in which the steps follow each other, as in the reader's terminal. */
export class Terminal {
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
