// docs/operating.md, "Shards, region, backup and restore".
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine, readBy } from "./command-line.ts";
import { keepBookmarks, readBookmarks, readInstant } from "./deploy/bookmarks.ts";
import { DeployError } from "./deploy/deploy-error.ts";
import { chooseName, filesOf, readInstallation } from "./deploy/installation.ts";
import { Wrangler, wranglerProcess } from "./deploy/wrangler.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

const options = commandLine(
  "npm run backup --",
  "Asks every database of an installation for its Time Travel bookmark of one instant, prints them with the commands that go back there, and keeps them in the installation's bookmarks.jsonl.",
)
  .option("--name <name>", "which installation (default: the only one)")
  .option(
    "--at <instant>",
    "such as 2026-11-22T06:30:00Z, in the last 30 days (default: a minute ago)",
    readBy((text) => readInstant(text, Date.now())),
  )
  .option("--directory <folder>", "where the files of installations lie (default: installations)")
  .parse()
  .opts<{ name?: string; at?: Date; directory?: string }>();
const directory = options.directory ?? join(ROOT, "installations");

try {
  const name = chooseName(options.name, directory, "tandem");
  const files = filesOf(directory, name);
  const installation = readInstallation(files.settings);
  if (installation === null)
    throw new DeployError(`There is no installation in ${files.settings}.`);
  const wrangler = new Wrangler(
    wranglerProcess(process.env["TANDEM_WRANGLER"], false),
    installation.accountId,
  );
  const instant = options.at ?? readInstant(undefined, Date.now());
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
