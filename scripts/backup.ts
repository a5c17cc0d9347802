/*
 * npm run backup -- [--name N] [--at INSTANT]: asks every database of an installation for its Time
 * Travel bookmark of one instant, prints them with the commands that go back there, and keeps them
 * in the installation's bookmarks.jsonl. docs/operating.md, "Shards, region, backup and restore".
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { keepBookmarks, readBookmarks, readInstant } from "./deploy/bookmarks.ts";
import { DeployError } from "./deploy/deploy-error.ts";
import { chooseName, filesOf, readInstallation } from "./deploy/installation.ts";
import { Wrangler, wranglerProcess } from "./deploy/wrangler.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

const { values } = parseArgs({
  options: {
    name: { type: "string" },
    at: { type: "string" },
    directory: { type: "string", default: join(ROOT, "installations") },
  },
});

try {
  const name = chooseName(values.name, values.directory, "tandem");
  const files = filesOf(values.directory, name);
  const installation = readInstallation(files.settings);
  if (installation === null)
    throw new DeployError(`There is no installation in ${files.settings}.`);
  const wrangler = new Wrangler(
    wranglerProcess(process.env["TANDEM_WRANGLER"], false),
    installation.accountId,
  );
  const instant = readInstant(values.at, Date.now());
  const bookmarks = await readBookmarks(
    wrangler,
    Object.keys(installation.databases),
    files.wrangler,
    {
      instant,
      reason: "npm run backup",
    },
  );
  keepBookmarks(files.bookmarks, bookmarks);
  console.log(`As of ${instant.toISOString()}, kept in ${files.bookmarks}. To go back there:`);
  for (const [binding, bookmark] of Object.entries(bookmarks.databases)) {
    console.log(
      `  npx wrangler d1 time-travel restore ${binding} --bookmark=${bookmark} -c ${files.wrangler}`,
    );
  }
} catch (err) {
  if (!(err instanceof DeployError)) throw err;
  console.error(err.message);
  process.exitCode = 1;
}
