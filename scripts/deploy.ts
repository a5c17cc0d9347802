// docs/operating.md, "Deploying".
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Option } from "commander";
import { commandLine, vars, wholeNumber } from "./command-line.ts";
import { askEnvironment, askNobody, askPerson } from "./deploy/ask.ts";
import { DeployError } from "./deploy/deploy-error.ts";
import { JURISDICTIONS, LOCATIONS } from "./deploy/installation.ts";
import { nameVersion } from "./deploy/publish.ts";
import { SHARDS_MAX } from "./deploy/settle-installation.ts";
import { wranglerProcess } from "./deploy/wrangler.ts";
import type { Tools } from "./deploy/deploy.ts";
import type { Wishes } from "./deploy/settle-installation.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const options = commandLine(
  "npm run deploy --",
  "Makes an installation at Cloudflare, or brings it up to date. Exit code 1 when something is left to do: what was done stays, and the same command goes on.",
)
  .option(
    "--name <name>",
    "which installation; also the Worker's name (default: the only one, or tandem)",
  )
  .option(
    "--domain <domain>",
    "where it is reached: a domain of your account, or NAME.TEAM.workers.dev",
  )
  .option(
    "--shards <number>",
    "how many D1 databases; more than now adds some",
    wholeNumber(1, SHARDS_MAX),
  )
  .addOption(
    new Option(
      "--jurisdiction <which>",
      'where data is kept ("": nowhere in particular); only when it is made',
    ).choices(JURISDICTIONS),
  )
  .addOption(
    new Option("--location <where>", "near which place things are born").choices(LOCATIONS),
  )
  .addOption(vars("a var of wrangler.toml, kept in the installation's file"))
  .option("--directory <folder>", "where the files of installations lie (default: installations)")
  .option("--dry-run", "prints what would be done and builds the bundle; touches nothing")
  .option("--yes", "asks nobody: what is missing comes from the environment")
  .parse()
  .opts<
    Omit<Wishes, "vars"> & {
      var: Record<string, string>;
      directory?: string;
      dryRun?: true;
      yes?: true;
    }
  >();

const directory = options.directory ?? join(ROOT, "installations");

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const isInteractive = !options.yes && process.stdin.isTTY && process.stdout.isTTY;
    const tools: Tools = {
      root: ROOT,
      directory,
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
    const wishes: Wishes = { ...options, vars: options.var };
    // Reads wrangler.toml by wrangler itself, which takes a moment to load.
    const { deploy, planOnly } = await import("./deploy/deploy.ts");
    if (options.dryRun) await planOnly({ ...tools, ask: askNobody(process.env) }, wishes);
    else await deploy(tools, wishes);
    return 0;
  } catch (err) {
    if (err instanceof DeployError) console.error(`\n${err.message}`);
    else if (err instanceof Error && err.name === "ExitPromptError") console.error("\nLeft off.");
    else throw err;
    return 1;
  }
}
