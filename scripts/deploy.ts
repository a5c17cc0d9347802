/*
 * npm run deploy -- [--name N] [--domain D] [--shards S] …: docs/operating.md, "Deploying".
 * Exit code 1 when something is left to do: what was done stays, and the same command goes on.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { askEnvironment, askNobody, askPerson } from "./deploy/ask.ts";
import { DeployError } from "./deploy/deploy-error.ts";
import { nameVersion } from "./deploy/publish.ts";
import { readVars } from "./deploy/read-vars.ts";
import { wranglerProcess } from "./deploy/wrangler.ts";
import type { Tools } from "./deploy/deploy.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const USAGE = `npm run deploy -- [options]
  --name NAME          which installation; also the Worker's name (tandem)
  --domain DOMAIN      where it is reached: a domain of your account, or NAME.TEAM.workers.dev
  --shards N           how many D1 databases; more than now adds some
  --jurisdiction J     eu, us or fedramp: where data is kept; only when it is made
  --location L         near which place things are born: enam, weur, apac …
  --var NAME=VALUE     a var of wrangler.toml, kept in the installation's file; again for more
  --directory DIR      where the files of installations lie (installations)
  --dry-run            prints what would be done and builds the bundle; touches nothing
  --yes                asks nobody: what is missing comes from the environment`;

process.exitCode = await main();

function readOptions() {
  return parseArgs({
    options: {
      name: { type: "string" },
      domain: { type: "string" },
      shards: { type: "string" },
      jurisdiction: { type: "string" },
      location: { type: "string" },
      var: { type: "string", multiple: true, default: [] },
      directory: { type: "string", default: join(ROOT, "installations") },
      "dry-run": { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  }).values;
}

async function main(): Promise<number> {
  try {
    const values = readOptions();
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const isInteractive = !values.yes && process.stdin.isTTY && process.stdout.isTTY;
    const tools: Tools = {
      root: ROOT,
      directory: values.directory,
      run: wranglerProcess(process.env["TANDEM_WRANGLER"], isInteractive),
      ask: isInteractive ? askPerson(process.env) : askEnvironment(process.env),
      say: (line) => console.log(line),
      version: nameVersion(ROOT),
      operatorToken: process.env["TANDEM_OPERATOR_TOKEN"] ?? null,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      healthMs: 5 * 60_000,
    };
    const address = process.env["TANDEM_ADDRESS"];
    if (address !== undefined) tools.address = address;
    const wishes = {
      name: values.name,
      domain: values.domain,
      shards: values.shards === undefined ? undefined : Number(values.shards),
      jurisdiction: values.jurisdiction,
      location: values.location,
      vars: readVars(values.var),
    };
    // Reads wrangler.toml by wrangler itself, which takes a moment to load.
    const { deploy, planOnly } = await import("./deploy/deploy.ts");
    if (values["dry-run"]) await planOnly({ ...tools, ask: askNobody(process.env) }, wishes);
    else await deploy(tools, wishes);
    return 0;
  } catch (err) {
    if (err instanceof DeployError) console.error(`\n${err.message}`);
    else if (err instanceof TypeError && "code" in err) console.error(`${err.message}\n\n${USAGE}`);
    else if (err instanceof Error && err.name === "ExitPromptError") console.error("\nLeft off.");
    else throw err;
    return 1;
  }
}
