import { spawnSync } from "node:child_process";

/**
 * Asks a command of ours what it takes.
 *
 * @param script its file, from the root
 * @returns its options with their dashes, `--help` too
 */
export function askCommand(script: string): { help: string; options: string[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--help"], {
    encoding: "utf8",
  });
  if (status !== 0 || stderr !== "") throw new Error(`${script} --help: ${status} ${stderr}`);
  return { help: stdout, options: optionsIn(stdout) };
}

/** What a page of help has in its first column, ours and wrangler's. */
export function optionsIn(help: string): string[] {
  return [...help.matchAll(/^ +(?:-\w, )? *(--[a-z][a-z-]*)/gm)].map(([, option = ""]) => option);
}
