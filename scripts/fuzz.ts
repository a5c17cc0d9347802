import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startWorld } from "./demo/world.ts";
import { fuzzApi } from "./fuzz/api.ts";
import { fuzzWebhooks } from "./fuzz/webhooks.ts";

const { values } = parseArgs({
  options: {
    webhooks: { type: "string", default: "0" },
    api: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    sound: { type: "boolean", default: false },
  },
});
const count = (name: "webhooks" | "api" | "seed") => {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${name} takes a whole number.`);
  return number;
};
const webhooks = count("webhooks");
const calls = count("api");
const seed = count("seed");
if (webhooks + calls === 0) {
  throw new Error("Say how many: npm run fuzz -- --webhooks 100000 --api 20000 [--seed 1]");
}

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
      sound: values.sound,
      stateFolder,
      say,
    });
    say(JSON.stringify({ seed, ...report }));
    failed = report.lost > 0 || report.refused > 0;
  }
  if (calls > 0) {
    const report = await fuzzApi(world, { calls, seed, say });
    say(JSON.stringify({ seed, ...report }));
    failed ||= report.wrong > 0;
  }
} finally {
  await world.stop();
  // What failed can be looked into.
  if (!failed) rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
