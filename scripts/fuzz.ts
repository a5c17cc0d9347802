import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandLine, wholeNumber } from "./command-line.ts";

const command = commandLine(
  "npm run fuzz --",
  "Posts harmed webhooks beside sound ones to a gateway of its own, and makes calls from the API's document. Exit code 1 when something broke, or a sound neighbour was lost; its files are kept then.",
)
  .option("--webhooks <number>", "how many bodies are posted", wholeNumber(0), 0)
  .option("--api <number>", "how many calls are made", wholeNumber(0), 0)
  .option("--seed <number>", "the same number harms the same way", wholeNumber(0), 1)
  .option("--sound", "harms no body: what the sound ones alone take")
  .parse();
const {
  webhooks,
  api,
  seed,
  sound = false,
} = command.opts<{
  webhooks: number;
  api: number;
  seed: number;
  sound?: true;
}>();
if (webhooks + api === 0) {
  command.error("error: say how many: npm run fuzz -- --webhooks 100000 --api 5000");
}
// Loading a gateway takes seconds.
const [{ startWorld }, { fuzzWebhooks }, { fuzzApi }] = await Promise.all([
  import("./demo/world.ts"),
  import("./fuzz/webhooks.ts"),
  import("./fuzz/api.ts"),
]);

const folder = mkdtempSync(join(tmpdir(), "tandem-fuzz-"));
const logFile = join(folder, "gateway.log");
const stateFolder = join(folder, "state");
const say = (line: string) => console.log(line);
say(`The gateway's log is ${logFile}.`);
const world = await startWorld({
  port: 0,
  stateFolder,
  log: (line) => appendFileSync(logFile, `${line}\n`),
});
let failed = true;
try {
  failed = false;
  if (webhooks > 0) {
    const report = await fuzzWebhooks(world, {
      bodies: webhooks,
      seed,
      sound,
      stateFolder,
      say,
    });
    say(JSON.stringify({ seed, ...report }));
    failed = report.lost > 0 || report.refused > 0;
  }
  if (api > 0) {
    const report = await fuzzApi(world, { calls: api, seed, say });
    say(JSON.stringify({ seed, ...report }));
    failed ||= report.wrong > 0;
  }
} finally {
  await world.stop();
  // What failed can be looked into.
  if (!failed) rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
