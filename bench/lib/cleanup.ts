import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What has to be undone at a row's end, also when it fails or somebody presses Ctrl-C. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];
  #running: Promise<void> | undefined;

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** A folder under the system's own for such things; gone at the end. */
  folder(): string {
    const path = mkdtempSync(join(tmpdir(), "tandem-bench-"));
    this.add(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  /** The newest first; a step that fails keeps no other from its turn. Asked twice, done once. */
  run(): Promise<void> {
    this.#running ??= this.#runSteps().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #runSteps(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (err) {
        console.error(`cleaning up: ${err instanceof Error ? err.message : String(err)}`);
      }
    }
  }
}
