import * as z from "zod";
import { moveMark, readMark } from "../database/marks.ts";
import { log } from "../lib/log.ts";
import { readInForce } from "./note-secrets.ts";
import { SEALED_KINDS, visitSealed } from "./visit-sealed.ts";
import type { Services } from "../services.ts";
import type { SealedKind, Visit } from "./visit-sealed.ts";

const MARK = "sweep.sealed";
/** After a round that found everything under the newest key. */
const NEXT_ROUND_MS = 24 * 3_600_000;
/** After one that did not: an object did not answer, or a key is missing. */
const NEXT_TRY_MS = 10 * 60_000;

/** Records of each kind by the key that they need: `{senders: {k2: 40}}`. */
const countsShape = z.record(z.string(), z.record(z.string(), z.number()));
const tally = {
  /** The names of TOKEN_KEYS in their order, comma between. */
  keys: z.string(),
  startedAt: z.number(),
  counts: countsShape,
  /** Records that do not open: a key of theirs is not in TOKEN_KEYS. */
  unopened: z.number(),
  failed: z.number(),
};
const markShape = z.object({
  /** Under way: the place up to which it has come. */
  round: z.object({ ...tally, kind: z.enum(SEALED_KINDS), after: z.string() }).nullable(),
  /** The last one that came to its end. */
  last: z.object({ ...tally, endedAt: z.number() }).nullable(),
});
type Mark = z.infer<typeof markShape>;
type Round = NonNullable<Mark["round"]>;

/** The last round over everything that is sealed. Times are epoch ms. */
export type SealedRound = NonNullable<Mark["last"]>;

/**
 * Seals everything that lies under an older key of TOKEN_KEYS under the newest, some of it each time,
 * from where the last sweep ended; and counts which key each record needs. A round begins five
 * minutes after the keys have changed (no deployment that does not know them answers by then), and
 * once a day, so that a key that was taken away too early, or came back, is noticed.
 *
 * @returns how many were sealed anew
 */
export async function sweepSealed(services: Services): Promise<number> {
  const text = await readMark(services.registry, MARK);
  const mark = readText(text);
  const { since, isSettled } = (await readInForce(services)).TOKEN_KEYS;
  if (since === null || !isSettled) return 0;
  const now = services.now();
  const keys = services.vault.kids.join(",");
  // Other keys than those it began with: what it has counted is of no use.
  const begun = mark.round?.keys === keys ? mark.round : null;
  if (begun === null && dueAt(mark.last, keys, since, services.vault.newest) > now) return 0;
  const round = begun ?? begin(keys, now);
  const { resealed, isOver } = await goOn(services, round);
  const { kind: _kind, after: _after, ...counted } = round;
  const next: Mark = isOver
    ? { round: null, last: { ...counted, endedAt: services.now() } }
    : { round, last: mark.last };
  // Where another sweep was at it too, its word stands; what was sealed is sealed.
  const isOurs = await moveMark(services.registry, MARK, text, JSON.stringify(next));
  if (isOurs && next.last !== null && isOver) sayWhatMayGo(services, next.last);
  return resealed;
}

/** The last round, and whether one is under way. */
export async function readSealedRounds(
  services: Services,
): Promise<{ last: SealedRound | null; isUnderWay: boolean }> {
  const { round, last } = readText(await readMark(services.registry, MARK));
  return { last, isUnderWay: round !== null };
}

/**
 * Whether nothing needs a key any more, so that it may be taken out of TOKEN_KEYS: a round that began
 * after the present keys came into force has seen everything, and none under it.
 */
export function isKeyUnused(
  services: Services,
  last: SealedRound | null,
  since: number | null,
  kid: string,
): boolean {
  if (last === null || since === null || kid === services.vault.newest) return false;
  const isOfNow = last.keys === services.vault.kids.join(",") && last.startedAt >= since;
  return isOfNow && last.failed === 0 && countUnder(last, kid) === 0;
}

/** Records of all kinds that need a key. */
export function countUnder({ counts }: SealedRound, kid: string): number {
  return SEALED_KINDS.reduce((sum, kind) => sum + (counts[kind]?.[kid] ?? 0), 0);
}

/** When the next round is due (epoch ms). */
function dueAt(last: SealedRound | null, keys: string, since: number, newest: string): number {
  if (last === null || last.keys !== keys || last.startedAt < since) return 0;
  const others = Object.values(last.counts).some((byKid) =>
    Object.keys(byKid).some((kid) => kid !== newest),
  );
  const isClean = last.failed === 0 && last.unopened === 0 && !others;
  return last.endedAt + (isClean ? NEXT_ROUND_MS : NEXT_TRY_MS);
}

function begin(keys: string, startedAt: number): Round {
  return { keys, startedAt, counts: {}, unopened: 0, failed: 0, kind: "senders", after: "" };
}

/** At most one full page of one kind; what is short of one leads on to the next kind. */
async function goOn(
  services: Services,
  round: Round,
): Promise<{ resealed: number; isOver: boolean }> {
  let resealed = 0;
  for (const kind of SEALED_KINDS.slice(SEALED_KINDS.indexOf(round.kind))) {
    const visit = await visitSealed(services, kind, round.after);
    resealed += count(round, kind, visit);
    if (visit.next !== null) {
      round.kind = kind;
      round.after = visit.next;
      return { resealed, isOver: false };
    }
    round.after = "";
  }
  return { resealed, isOver: true };
}

/** Adds a visit to a round. @returns how many were sealed anew */
function count(round: Round, kind: SealedKind, { seen, failed }: Visit): number {
  const byKid = (round.counts[kind] ??= {});
  for (const { kids, opens } of seen) {
    for (const kid of kids) byKid[kid] = (byKid[kid] ?? 0) + 1;
    if (!opens) round.unopened += 1;
  }
  round.failed += failed;
  return seen.filter((one) => one.resealed).length;
}

function sayWhatMayGo(services: Services, last: SealedRound): void {
  for (const kid of services.vault.kids) {
    if (isKeyUnused(services, last, last.startedAt, kid))
      log.info("secret.key_unused", { key: kid });
  }
}

function readText(text: string | null): Mark {
  return text === null ? { round: null, last: null } : markShape.parse(JSON.parse(text));
}
