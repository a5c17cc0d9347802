import {
  copyEventMarks,
  copyRows,
  countRows,
  forgetEventMarks,
  MOVED_TABLES,
  openSender,
  readHead,
  writeHead,
} from "../database/copy-rows.ts";
import { deleteRows, shutSender } from "../database/erase-sender-rows.ts";
import { claimMove, endMove, findHome, saveMove, switchShard } from "../database/moves.ts";
import { findSenderByKey } from "../database/senders.ts";
import { errorKind, log } from "../lib/log.ts";
import type { Move } from "../database/moves.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/** Of the 1,000 queries that an invocation may make; the last turn may take some dozens more. */
export const MOVE_QUERIES = 700;
/** Of a turn that does not say so, with what is noted of it. */
const TURN_QUERIES = 4;
/** Longer than an invocation lasts. */
const LEASE_MS = 16 * 60_000;
/** Whoever looked before the move began has written by then: D1 ends a statement after 30 s. */
const QUIET_MS = 60_000;
/** Readers who looked before the switch have read by then. */
const KEEP_MS = 10 * 60_000;
/** Meta repeats a webhook for 7 days. */
const REPEATS_MS = 9 * 86_400_000;
const RETRY_MAX_MS = 60_000;
/** Then the sender stays where it was: its facts must not wait for ever. */
const ATTEMPTS_MAX = 20;
const LONGEST_MS = 12 * 3_600_000;

interface Turn {
  copied?: Record<string, number>;
  /** Where the next turn goes on; null: the step is done. */
  next: string | null;
  waitMs?: number;
  queries?: number;
}

interface Step {
  name: string;
  turn: (services: Services, move: Move, sender: Sender) => Promise<Turn>;
}

/**
 * How a sender goes: others than its object write nothing of it from the start; its object stops
 * before the rows are copied and goes on when the sender has switched. Each turn may run again.
 */
const STEPS: readonly Step[] = [
  { name: "quiet", turn: waitUntil(QUIET_MS) },
  { name: "pause", turn: pause },
  { name: "clear", turn: clear },
  { name: "rows", turn: copyTables },
  { name: "events", turn: copyEvents },
  { name: "check", turn: check },
  { name: "switch", turn: switchOver },
  { name: "resume", turn: resume },
  { name: "keep", turn: waitUntil(KEEP_MS) },
  { name: "leave", turn: leave },
];
const PAUSING = STEPS.findIndex(({ name }) => name === "pause");
/** From here on the sender is in its new shard. */
const SWITCHED = STEPS.findIndex(({ name }) => name === "resume");

/**
 * Goes on with a move that is due, some turns of it. What a crash cut short goes on from its last
 * turn. What fails is tried again, and given up where it fails for too long.
 *
 * @param queries fewer where several share an invocation; one turn is taken at least
 * @returns whether there was something to do
 */
export async function runMove(
  services: Services,
  id: string,
  queries = MOVE_QUERIES,
): Promise<boolean> {
  const now = services.now();
  const move = await claimMove(services.registry, id, now, now + LEASE_MS);
  if (move === null) return false;
  const { sender: key } = move;
  const at = STEPS.findIndex(({ name }) => name === move.step);
  try {
    const sender = await findSenderByKey(services.registry, key);
    if (sender === null) throw new Error("The sender of a move is gone.");
    const isHopeless = move.attempts >= ATTEMPTS_MAX || now - move.createdAt > LONGEST_MS;
    if (move.state === "done") await forgetMarks(services, move, sender);
    else if (move.state === "given_up") await clearAway(services, move, sender, queries);
    else if (await isOfAnotherTime(services, move, sender, at)) await abandon(services, move);
    else if (isHopeless && at < SWITCHED) await giveUp(services, move, sender);
    else await takeTurns(services, move, sender, queries);
  } catch (err) {
    const attempts = move.attempts + 1;
    const fields = { sender: key, reason: move.step, attempts, error: errorKind(err) };
    log.warn("move.failed", fields);
    const isUrgent = move.state === "running";
    const waitMs = isUrgent ? Math.min(1_000 * 2 ** attempts, RETRY_MAX_MS) : KEEP_MS;
    await saveMove(services.registry, { ...move, attempts }, services.now() + waitMs);
  }
  return true;
}

/**
 * A registry that was restored has moves of then, which were gone on with since: to do so again would
 * delete rows where the sender lives. Its object knows.
 */
async function isOfAnotherTime(
  services: Services,
  move: Move,
  sender: Sender,
  at: number,
): Promise<boolean> {
  const phone = services.phone(sender.phoneNumberId);
  const { shard, isPaused } = await phone.moving(move.id, move.sender);
  if (at > SWITCHED) return shard === move.fromShard;
  if (at > PAUSING && at < SWITCHED) return !isPaused;
  return at <= PAUSING && shard !== null && shard !== move.fromShard;
}

/** No row is touched: where the sender is, `correctSender` says; what it left open is not shut. */
async function abandon(services: Services, move: Move): Promise<void> {
  if (move.fence !== null) {
    await openSender(services.shard(move.fromShard), move.sender, move.fence);
  }
  await endMove(services.registry, move);
  log.error("move.given_up", { sender: move.sender, reason: "registry_restored" });
  Object.assign(move, { state: "given_up", endedAt: services.now() });
  await saveMove(services.registry, move, null);
}

async function takeTurns(
  services: Services,
  move: Move,
  sender: Sender,
  most: number,
): Promise<void> {
  for (let spent = 0; spent < most;) {
    const at = STEPS.findIndex(({ name }) => name === move.step);
    const step = STEPS[at];
    if (step === undefined) throw new Error(`A move has no step ${move.step}.`);
    const turn = await step.turn(services, move, sender);
    const { copied = {}, next, waitMs = 0, queries = TURN_QUERIES - 1 } = turn;
    spent += queries + 1;
    for (const [table, count] of Object.entries(copied)) {
      move.counts[table] = (move.counts[table] ?? 0) + count;
    }
    move.place = next;
    move.attempts = 0;
    if (next === null) {
      log.info("move.advanced", { sender: move.sender, reason: step.name });
      const following = STEPS[at + 1];
      if (following === undefined) return finish(services, move);
      move.step = following.name;
    }
    await saveMove(services.registry, move, services.now() + (waitMs > 0 ? waitMs : LEASE_MS));
    if (waitMs > 0) return;
  }
  await saveMove(services.registry, move, services.now());
}

function waitUntil(ms: number): Step["turn"] {
  return (services, { place }) => {
    const until = Number(place ?? services.now() + ms);
    const left = until - services.now();
    return Promise.resolve(left <= 0 ? { next: null } : { next: String(until), waitMs: left });
  };
}

/** The object's facts wait in it, and a batch of a dead instance finds the former shard shut. */
async function pause(services: Services, move: Move, sender: Sender): Promise<Turn> {
  await services.phone(sender.phoneNumberId).pauseFlush(move.id);
  const former = services.shard(move.fromShard);
  if (move.fence === null) {
    const head = await readHead(former, move.sender);
    move.fence = head?.fence ?? 0;
    // Kept before it is shut: afterwards nobody could read it there.
    await saveMove(services.registry, move, services.now() + LEASE_MS);
  }
  await shutSender(former, move.sender);
  return { next: null };
}

/** What an earlier move left behind there would be taken for the sender's. */
async function clear(services: Services, move: Move): Promise<Turn> {
  return deleteFrom(services.shard(move.toShard), move);
}

async function deleteFrom(database: D1Database, { sender, place }: Move): Promise<Turn> {
  const at = Number(place ?? 0);
  const table = MOVED_TABLES[at];
  if (table === undefined) return { next: null };
  const { isAll } = await deleteRows(database, table, sender);
  return { next: String(isAll ? at + 1 : at) };
}

async function copyTables(services: Services, move: Move): Promise<Turn> {
  const [at, after] = JSON.parse(move.place ?? "[0,null]") as [number, string | null];
  const table = MOVED_TABLES[at];
  if (table === undefined) return { next: null };
  const [from, to] = [services.shard(move.fromShard), services.shard(move.toShard)];
  const { copied, next, queries } = await copyRows(from, to, table, move.sender, after);
  const place = next === null ? [at + 1, null] : [at, next];
  return { copied: { [table.name]: copied }, next: JSON.stringify(place), queries };
}

async function copyEvents(services: Services, move: Move, { partner }: Sender): Promise<Turn> {
  const [from, to] = [services.shard(move.fromShard), services.shard(move.toShard)];
  const whose = { partner, sender: move.sender, since: move.createdAt - REPEATS_MS };
  const after = move.place === null ? Number.MIN_SAFE_INTEGER : Number(move.place);
  const { copied, next } = await copyEventMarks(from, to, whose, after);
  return { copied: { events: copied }, next: next === null ? null : String(next) };
}

/** Every row was compared when it was copied; none may have come or gone since. */
async function check(services: Services, move: Move): Promise<Turn> {
  const [from, to] = [services.shard(move.fromShard), services.shard(move.toShard)];
  const [before, after] = await Promise.all([
    countRows(from, move.sender),
    countRows(to, move.sender),
  ]);
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    Object.assign(move, { step: "clear", place: null, counts: {} });
    throw new Error("The new shard has other rows than the former one.");
  }
  const head = await readHead(from, move.sender);
  await writeHead(to, move.sender, { fence: move.fence ?? 0, seq: head?.seq ?? 0 });
  return { next: null, queries: 2 * MOVED_TABLES.length + 2 };
}

async function switchOver(services: Services, move: Move): Promise<Turn> {
  await switchShard(services.registry, move);
  return { next: null };
}

async function resume(services: Services, move: Move, sender: Sender): Promise<Turn> {
  await services.phone(sender.phoneNumberId).resumeFlush(move.id, move.sender, move.toShard);
  await endMove(services.registry, move);
  return { next: null };
}

async function leave(services: Services, move: Move): Promise<Turn> {
  return deleteFrom(services.shard(move.fromShard), move);
}

async function finish(services: Services, move: Move): Promise<void> {
  Object.assign(move, { state: "done", endedAt: services.now() });
  log.info("move.done", { sender: move.sender, ms: services.now() - move.createdAt });
  await saveMove(services.registry, move, move.createdAt + REPEATS_MS);
}

async function forgetMarks(services: Services, move: Move, { partner }: Sender): Promise<void> {
  const database = services.shard(move.toShard);
  await forgetEventMarks(database, partner, move.sender, move.createdAt);
  await saveMove(services.registry, move, null);
}

/** The sender stays where it was, and its facts go there again. */
async function giveUp(services: Services, move: Move, sender: Sender): Promise<void> {
  if (move.fence !== null) {
    await openSender(services.shard(move.fromShard), move.sender, move.fence);
  }
  await services.phone(sender.phoneNumberId).resumeFlush(move.id, move.sender, move.fromShard);
  await endMove(services.registry, move);
  log.error("move.given_up", { sender: move.sender, reason: move.step });
  const endedAt = services.now();
  Object.assign(move, { state: "given_up", place: null, attempts: 0, endedAt });
  await saveMove(services.registry, move, endedAt);
}

/** What a move that was given up had copied: no erasure of a customer would look for it there. */
async function clearAway(
  services: Services,
  move: Move,
  { partner }: Sender,
  most: number,
): Promise<void> {
  const { registry } = services;
  for (let spent = 0; spent < most; spent += 2) {
    const home = await findHome(registry, move.sender);
    if (home === null || home.shard === move.toShard) return saveMove(registry, move, null);
    // Perhaps to there: its rows must not go.
    if (home.move !== null) return saveMove(registry, move, services.now() + KEEP_MS);
    const { next } = await clear(services, move);
    move.place = next;
    if (next !== null) continue;
    await forgetEventMarks(services.shard(move.toShard), partner, move.sender, services.now());
    return saveMove(registry, move, null);
  }
  await saveMove(registry, move, services.now());
}
