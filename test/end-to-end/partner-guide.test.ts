import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "./stage.ts";
import { Terminal } from "./terminal.ts";
import type { ChildProcess } from "node:child_process";

const ROOT = join(import.meta.dirname, "../..");
const GUIDE = readFileSync(join(ROOT, "docs/partner-guide.md"), "utf8");

/** The commands of the guide, each with what its output has to show. */
const STEPS = [...GUIDE.matchAll(/```sh\n(.*?)```(?:\n<!-- shows: (.*?) -->)?/gs)].map((match) => ({
  commands: match[1] ?? "",
  shows: match[2],
}));

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
