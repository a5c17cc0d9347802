export interface SmokeFacts {
  /** Our ids of the sends that were queued, with the state each is in now. */
  sends: Map<string, string>;
  /** Our id of each send that reached Meta, as often as it did. */
  arrived: string[];
  /** Our id in each `send.settled` that was told, as often as it was. */
  settled: string[];
  /** The messages of the history, and those that are stored, as often as they are listed. */
  history: { sent: string[]; stored: string[] };
  /** The numbers of each sender's events, in the order in which they were read. */
  seqs: Map<string, number[]>;
  maxIn1s: number;
}

export interface SmokeReport {
  ok: boolean;
  sends: {
    queued: number;
    states: Record<string, number>;
    arrived: number;
    /** Not at Meta and not said to be unknown, refused or expired. */
    lost: number;
    twice: number;
    max_in_1s: number;
  };
  history: { sent: number; stored: number; lost: number; twice: number };
  events: { untold: number; twice: number; gaps: number };
}

/** States in which nobody was told that a send came to nothing, or may have. */
const SAID_TO_HAVE_ARRIVED = new Set(["accepted"]);
const STILL_OPEN = new Set(["queued", "placed"]);

/** Holds what was asked for against what became of it: none lost, none twice. */
export function countSmoke(facts: SmokeFacts): SmokeReport {
  const arrived = tally(facts.arrived);
  const settled = tally(facts.settled);
  const stored = tally(facts.history.stored);
  const states = tally(facts.sends.values());
  const sends = [...facts.sends];
  const isLost = ([id, state]: [string, string]) =>
    STILL_OPEN.has(state) || (SAID_TO_HAVE_ARRIVED.has(state) && !arrived.has(id));
  // What is unknown is told after an hour: nobody waits for that here.
  const owed = sends.filter(([, state]) => state !== "unknown" && !STILL_OPEN.has(state));
  const report = {
    sends: {
      queued: sends.length,
      states: Object.fromEntries(states),
      arrived: facts.arrived.length,
      lost: sends.filter(isLost).length,
      twice: countAbove(arrived),
      max_in_1s: facts.maxIn1s,
    },
    history: {
      sent: facts.history.sent.length,
      stored: stored.size,
      lost: facts.history.sent.filter((wamid) => !stored.has(wamid)).length,
      twice: countAbove(stored),
    },
    events: {
      untold: owed.filter(([id]) => !settled.has(id)).length,
      twice: countAbove(settled),
      gaps: [...facts.seqs.values()].reduce((sum, seqs) => sum + countGaps(seqs), 0),
    },
  };
  const { sends: sent, history, events } = report;
  const bad = [sent.lost, sent.twice, history.lost, history.twice, ...Object.values(events)];
  return { ok: bad.every((count) => count === 0), ...report };
}

function tally(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function countAbove(counts: Map<string, number>): number {
  return [...counts.values()].filter((count) => count > 1).length;
}

/** A sender's events are numbered from 1 on, without a hole and in order. */
function countGaps(seqs: number[]): number {
  return seqs.filter((seq, index) => seq !== index + 1).length;
}
