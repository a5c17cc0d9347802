import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withUpload } from "./settle-secrets.ts";
import type { Wrangler } from "./wrangler.ts";

/** Brings the code up, in one version with the secrets that are new. */
export async function publish(
  wrangler: Wrangler,
  files: { wrangler: string; upload: string },
  upload: Record<string, string>,
  version: string,
): Promise<void> {
  await withUpload(files.upload, upload, (secrets) =>
    wrangler.do(["deploy", "--config", files.wrangler, "--message", version, ...secrets], {
      isShown: true,
    }),
  );
}

/** What `wrangler versions list` shows of it, so that a rollback finds the right one. */
export function nameVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, {
        cwd: root,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    const isChanged = git("status", "--porcelain", "--untracked-files=no").trim() !== "";
    return `${version} ${git("rev-parse", "--short", "HEAD").trim()}${isChanged ? " changed" : ""}`;
  } catch {
    return version; // an unpacked archive
  }
}
