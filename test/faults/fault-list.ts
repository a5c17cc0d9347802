import type { Faults } from "../../simulator/simulator.ts";
import type { FaultyWorld } from "./faulty-world.ts";
import type { FaultPlan } from "./worker/plan.ts";

const HOUR_MS = 3_600_000;
/** Text in a message that a poisoned database refuses. */
export const POISON = "what no database will have";

/** One thing that goes wrong for a while: in the gateway, at Meta, or at the partner's address. */
export interface Fault {
  name: string;
  plan?: FaultPlan;
  graph?: Faults;
  /** As of `Receiver.answer`. */
  receiver?: number | null;
  /** D1 refuses some messages for good. */
  poison?: boolean;
}

/** What can fail, one by one: the soak takes them in turns. */
export const FAULTS: readonly Fault[] = [
  { name: "D1 fails every call", plan: { database: { before: 1 } } },
  { name: "D1 fails four calls in ten", plan: { database: { before: 0.4 } } },
  { name: "D1 commits and its answer is lost", plan: { database: { after: 1 } } },
  { name: "D1 commits and every second answer is lost", plan: { database: { after: 0.5 } } },
  { name: "D1 is slow", plan: { database: { slowMs: 800 } } },
  { name: "a message that D1 refuses for good", poison: true },
  { name: "R2 fails every call", plan: { archive: { before: 1 } } },
  { name: "R2 stores and every second answer is lost", plan: { archive: { after: 0.5 } } },
  { name: "R2 is slow", plan: { archive: { slowMs: 1_500 } } },
  { name: "HISTORY takes nothing", plan: { queues: { names: ["HISTORY"], before: 1 } } },
  { name: "SENDS takes nothing", plan: { queues: { names: ["SENDS"], before: 1 } } },
  { name: "MEDIA takes nothing", plan: { queues: { names: ["MEDIA"], before: 1 } } },
  {
    name: "no object and no OVERFLOW",
    plan: { objects: { before: 1 }, queues: { names: ["OVERFLOW"], before: 1 } },
  },
  { name: "queues take it and say they did not", plan: { queues: { after: 1 } } },
  { name: "queues lose everything", plan: { queues: { lost: 1 } } },
  { name: "queues lose every second message", plan: { queues: { lost: 0.5 } } },
  { name: "queues deliver twice", plan: { queues: { twice: 1 } } },
  { name: "queues deliver in any order", plan: { queues: { late: 0.7, twice: 0.3 } } },
  { name: "objects fail before their work", plan: { objects: { before: 0.4 } } },
  { name: "objects do their work and answers are lost", plan: { objects: { after: 0.4 } } },
  { name: "objects do their work and no answer comes", plan: { objects: { after: 1 } } },
  {
    name: "Graph answers 500 and 503",
    graph: {
      messages: { refuse500: 0.2, refuse503: 0.2 },
      media: { refuse503: 0.5 },
      mediaDownload: { refuse503: 0.5 },
    },
  },
  {
    name: "Graph takes it and its answer is lost",
    graph: { messages: { acceptThenDrop: 0.2, acceptThen500: 0.2, drop: 0.1 } },
  },
  { name: "Graph is slow", graph: { latencyMs: 2_500 } },
  { name: "Graph finds us too fast", graph: { messages: { rateLimit: 0.15 } } },
  { name: "the endpoint answers 500", receiver: 500 },
  { name: "the endpoint hangs up", receiver: 0 },
  { name: "the endpoint never answers", receiver: null },
  { name: "the clock is an hour behind", plan: { clockMs: -HOUR_MS } },
  { name: "the clock is an hour ahead", plan: { clockMs: HOUR_MS } },
];

/** Lets it begin. A later fault replaces this one. */
export async function beginFault(world: FaultyWorld, fault: Fault, seed: number): Promise<void> {
  world.stage.simulator.setFaults(fault.graph ?? {});
  world.receiver.answer = () => (fault.receiver === undefined ? 204 : fault.receiver);
  if (fault.poison === true) {
    for (const binding of ["DB", "DB_1"] as const) {
      await world.runSql({
        binding,
        sql: `CREATE TRIGGER IF NOT EXISTS poison BEFORE INSERT ON messages
              WHEN instr(NEW.body, '${POISON}') > 0 BEGIN SELECT RAISE(ABORT, 'poison'); END`,
      });
    }
  }
  await world.change({ seed, ...fault.plan });
}

/** All is well again. @returns how often each kind of call was disturbed */
export async function endFaults(world: FaultyWorld): Promise<Record<string, number>> {
  world.stage.simulator.setFaults({});
  world.receiver.answer = () => 204;
  return world.change({});
}
