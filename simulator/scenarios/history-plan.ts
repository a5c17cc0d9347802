import { createRandom, hashOf, shuffled } from "../random.ts";
import type { HistorySettings } from "./history-scenario.ts";

/** A run of messages by index, `from` included, `to` not; message 0 is the newest. */
export type Range = { from: number; to: number };

export type Chunk = {
  /** 0: day 0 to 1, 1: day 1 to 90, 2: day 90 to 180 (protocol.md 2.3). */
  phase: number;
  /** From 1 inside each phase. */
  order: number;
  /** 0 to 100 inside the phase (protocol.md 2.3.4). */
  progress: number;
  ranges: Range[];
  /** It comes with an error beside its threads. */
  hasError?: true;
  /** It comes without `metadata`. */
  isBare?: true;
};

/**
 * One thing to put on the wire: chunks as elements of one webhook, or (`followUps`) the media of
 * them, which may become several POSTs. `late` = lost at first.
 */
export type HistoryPost = {
  kind: "chunk" | "duplicate" | "regrouped" | "followUps" | "late";
  chunks: Chunk[];
};

export type HistoryPlan = {
  phases: { phase: number; from: number; to: number; startDay: number; endDay: number }[];
  planned: Chunk[];
  /** What never comes. */
  lost: Chunk[];
  /** What was lost at first and comes last. */
  late: Chunk[];
  /** In wire order; small, so that bodies can be written one at a time. */
  posts: HistoryPost[];
};

const PHASE_DAYS = [
  { startDay: 0, endDay: 1, weight: 0.03 },
  { startDay: 1, endDay: 90, weight: 0.57 },
  { startDay: 90, endDay: 180, weight: 0.4 },
];

/** How far a reordered post may stray from its place, in posts. */
const STRAY = 8;

/**
 * Which message is in which chunk, and in which order chunks and media leave (protocol.md 2.3, 6 row
 * 4). Depends on the scenario and the key alone, so the ledger can tell what to expect beforehand.
 *
 * @param key what makes this business's history its own
 */
export function planHistory(scenario: HistorySettings, key: number): HistoryPlan {
  const random = createRandom(hashOf("history-plan", key));
  const phases = cutPhases(scenario);
  const cut = phases.flatMap((phase) => cutChunks(phase, scenario.chunkMessages));
  const pick = (share: number, from: Chunk[]) =>
    new Set(
      shuffled(from, random).slice(0, share > 0 ? Math.max(1, Math.round(share * from.length)) : 0),
    );
  const lost = pick(scenario.loseChunks, cut);
  const sent = cut.filter((chunk) => !lost.has(chunk));
  const twice = pick(scenario.duplicateChunks, sent);
  for (const chunk of pick(scenario.errorShare, cut)) chunk.hasError = true;
  for (const chunk of pick(scenario.bareShare, cut)) chunk.isBare = true;

  const posts: HistoryPost[] = [];
  const ordered = scenario.overlapPhases ? inTurns(sent) : sent;
  for (let at = 0; at < ordered.length; at += scenario.elementsPerPost) {
    const chunks = ordered.slice(at, at + scenario.elementsPerPost);
    posts.push({ kind: "chunk", chunks });
    if (scenario.followUps) posts.push({ kind: "followUps", chunks });
  }
  for (const chunk of twice) posts.push({ kind: "duplicate", chunks: [chunk] });
  if (scenario.regroup) {
    for (const chunk of regroup(sent)) posts.push({ kind: "regrouped", chunks: [chunk] });
  }
  const late = scenario.redeliverLost ? [...lost] : [];
  return {
    phases,
    planned: cut,
    lost: scenario.redeliverLost ? [] : [...lost],
    late,
    posts: [
      ...(scenario.reorder ? stray(posts, () => random.next()) : posts),
      ...late.flatMap((chunk): HistoryPost[] => [
        { kind: "late", chunks: [chunk] },
        ...(scenario.followUps ? [{ kind: "followUps" as const, chunks: [chunk] }] : []),
      ]),
    ],
  };
}

/** The first chunk of each phase, then the second of each, and so on: phases overlap in time. */
function inTurns(chunks: Chunk[]): Chunk[] {
  return chunks.toSorted((a, b) => a.order - b.order || a.phase - b.phase);
}

function cutPhases({ messages, days }: HistorySettings): HistoryPlan["phases"] {
  const open = PHASE_DAYS.filter(({ startDay }) => startDay < days);
  const weights = open.reduce((sum, { weight }) => sum + weight, 0);
  let from = 0;
  const cut = open.map(({ startDay, endDay, weight }, phase) => {
    const isLast = phase === open.length - 1;
    const to = isLast ? messages : from + Math.round((messages * weight) / weights);
    const part = { phase, from, to, startDay, endDay: Math.min(endDay, days) };
    from = to;
    return part;
  });
  // A phase without content sends nothing.
  return cut.filter((part) => part.to > part.from);
}

function cutChunks({ phase, from, to }: HistoryPlan["phases"][number], size: number): Chunk[] {
  const count = Math.ceil((to - from) / size);
  return Array.from({ length: count }, (_, i) => ({
    phase,
    order: i + 1,
    progress: i === count - 1 ? 100 : Math.min(99, Math.floor((100 * (i + 1)) / count)),
    ranges: [{ from: from + i * size, to: Math.min(to, from + (i + 1) * size) }],
  }));
}

/** The same messages under other borders: the second half of a chunk with the first half of the next. */
function regroup(sent: Chunk[]): Chunk[] {
  return sent.flatMap((chunk, i) => {
    const next = sent[i + 1];
    const isNeighbour = next?.phase === chunk.phase;
    const ranges = [...halves(chunk).slice(1), ...(isNeighbour ? halves(next).slice(0, 1) : [])];
    return [{ ...chunk, ranges }];
  });
}

function halves({ ranges }: Chunk): Range[] {
  return ranges.flatMap(({ from, to }) => {
    const middle = from + Math.floor((to - from) / 2);
    return [
      { from, to: middle },
      { from: middle, to },
    ];
  });
}

function stray(posts: HistoryPost[], next: () => number): HistoryPost[] {
  return posts
    .map((post, at) => ({ post, key: at + next() * STRAY }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ post }) => post);
}
