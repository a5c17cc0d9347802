import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The reader of /docs: one file of a package that brings two hundred others along, so the file is
 * kept here (public/docs) instead of the package. A new version: change these two, run
 * `node scripts/vendor-scalar.ts`, look at /docs.
 */
export const SCALAR = {
  version: "1.72.1",
  sha256: "bf091006bdc3af6067af77c2f534812e3e633e94a94e87138069f570f33b762c",
};

export const SCALAR_FILE = `scalar-${SCALAR.version}.js`;

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), "scalar-"));
  const name = `@scalar/api-reference@${SCALAR.version}`;
  const archive = execFileSync("npm", ["pack", "--silent", name, "--pack-destination", folder], {
    encoding: "utf8",
  }).trim();
  execFileSync("tar", ["-xzf", join(folder, archive), "-C", folder]);
  const file = readFileSync(join(folder, "package/dist/browser/standalone.js"));
  const sha256 = createHash("sha256").update(file).digest("hex");
  if (sha256 !== SCALAR.sha256) throw new Error(`${name} came with the hash ${sha256}.`);
  const target = join(import.meta.dirname, "../public/docs");
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, SCALAR_FILE), file);
  rmSync(folder, { recursive: true });
}
