import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine } from "./command-line.ts";
import { hashAll, listBroken } from "./release/hashes.ts";
import { readSteps } from "./release/read-steps.ts";
import type { Released } from "./release/hashes.ts";

commandLine(
  "npm run release --",
  "Writes down in scripts/release/released.json which migrations and object tables there are. From then on a test refuses a change of any of them: databases and objects out there have run them. Part of making a release (CONTRIBUTING.md).",
).parse();

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const file = join(ROOT, "scripts/release/released.json");
const before = JSON.parse(readFileSync(file, "utf8")) as Released;
const now = hashAll(ROOT, await readSteps());
const broken = listBroken(before, now);
if (broken.length > 0) {
  console.error(`Released before, and changed since: ${broken.join(", ")}. Add a new one instead.`);
  process.exitCode = 1;
} else {
  writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
  console.log(
    `${Object.keys(now.migrations).length} migrations and ` +
      `${now.tables["phone-number"].length + now.tables.endpoint.length} steps of tables are fixed.`,
  );
}
