import { Option } from "commander";
import { FAULTS } from "../test/faults/fault-list.ts";
import { commandLine, wholeNumber } from "./command-line.ts";

const options = commandLine(
  "npm run soak --",
  "Rounds of traffic, faults and SIGKILL in one world, held against Meta's ledger now and then (test/faults/soak.ts). The last line is a summary as JSON. Exit code 1 when something did not hold: the state folder is kept then, with the gateway's log in it.",
)
  .option("--rounds <number>", "how many, each with a kill", wholeNumber(1), 5)
  .addOption(
    new Option("--seed <number>", "the same number plays the same")
      .default(Date.now() % 1_000_000, "another each time")
      .argParser(wholeNumber(1)),
  )
  .option("--seconds <number>", "how long a round's traffic is, in seconds", wholeNumber(1), 12)
  .option(
    "--settle-every <number>",
    "how many rounds lie between two reckonings",
    wholeNumber(1),
    5,
  )
  .addOption(
    new Option("--fault <name>", "this one in each round, instead of all in turns").choices(
      FAULTS.map(({ name }) => name),
    ),
  )
  .option("--first <number>", "with which of the faults the turns begin", wholeNumber(1), 1)
  .parse()
  .opts<{
    rounds: number;
    seed: number;
    seconds: number;
    settleEvery: number;
    fault?: string;
    first: number;
  }>();

const { soak } = await import("../test/faults/soak.ts");
const fault = FAULTS.find(({ name }) => name === options.fault);
const first = options.first - 1;
const summary = await soak({
  rounds: options.rounds,
  seed: options.seed,
  seconds: options.seconds,
  settleEvery: options.settleEvery,
  fault: (round) => fault ?? FAULTS[(first + round) % FAULTS.length],
  customers: 150,
  historyMessages: 1_500,
  queued: 120,
  say: (line) => console.log(line),
});

const { problems, state, ...figures } = summary;
for (const problem of problems) console.error(`  ${problem}`);
if (state !== null) {
  console.error(`Seed ${summary.seed} did not hold in round ${summary.rounds}. State: ${state}`);
}
console.log(JSON.stringify({ ...figures, held: problems.length === 0 }));
process.exit(problems.length === 0 ? 0 : 1);
