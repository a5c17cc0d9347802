/*
 * npm run soak -- --rounds 25 [--seed 7] [--seconds 12] [--settle-every 5] [--fault "D1 is slow" | --first 10]
 * Rounds of traffic, faults and SIGKILL in one world, held against Meta's ledger now and then
 * (test/faults/soak.ts). The last line is a summary as JSON. Exit code 1 when something did not hold:
 * the state folder is kept then, with the gateway's log in it.
 */
import { parseArgs } from "node:util";
import { FAULTS } from "../test/faults/fault-list.ts";
import { soak } from "../test/faults/soak.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    seconds: { type: "string", default: "12" },
    "settle-every": { type: "string", default: "5" },
    fault: { type: "string" },
    first: { type: "string", default: "1" },
  },
});

const numberOf = (name: keyof typeof values): number => {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`--${name} takes a whole number from 1 on, not ${values[name]}.`);
  }
  return number;
};

const only = values.fault;
const fault = FAULTS.find(({ name }) => name === only);
if (only !== undefined && fault === undefined) {
  throw new Error(`--fault takes one of: ${FAULTS.map(({ name }) => name).join("; ")}.`);
}

const first = numberOf("first") - 1;
const summary = await soak({
  rounds: numberOf("rounds"),
  seed: numberOf("seed"),
  seconds: numberOf("seconds"),
  settleEvery: numberOf("settle-every"),
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
