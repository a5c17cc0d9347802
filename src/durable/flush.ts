import { appendEvents, hasAdded } from "../database/append-events.ts";
import { saveDeadLetter } from "../database/dead-letters.ts";
import { areLooseChanges } from "../database/link-changes.ts";
import { movesForward, STATUS_RANK } from "../database/message-status.ts";
import { listWanted } from "../database/media.ts";
import { isPermanentError } from "../database/permanent-error.ts";
import {
  completeContacts,
  noteContacts,
  projectBlock,
  projectState,
} from "../database/projections.ts";
import { shardDatabase } from "../database/shards.ts";
import { storeFacts, takeChanges } from "../database/store-facts.ts";
import { sha256Hex } from "../lib/ids.ts";
import { errorKind } from "../lib/log.ts";
import { dropUnknown } from "./drop-unknown.ts";
import { eventOfFact, viewCustomer } from "./fact-events.ts";
import { rowsOfFacts } from "./fact-rows.ts";
import type { NewEvent } from "../database/append-events.ts";
import type { JournalRow } from "./journal.ts";
import type { SenderConfig } from "./sender-state.ts";

export const FLUSH_MAX_FACTS = 500;
export const FLUSH_MAX_BYTES = 1_000_000;

export interface FlushResult {
  /** Facts that D1 refused for good and that were put aside. */
  dead: number;
  /** Wamids whose files are wanted now. */
  wanted: string[];
  /** Whether events were told. */
  told: boolean;
  /** Rows that D1 bills for. */
  written: number;
}

/**
 * Writes facts into the sender's shard in one batch: events, rows, fence. A batch is all or
 * nothing, so a fact that D1 refuses for good is found by halving and put into dead_letters, and
 * its neighbours are stored.
 *
 * @throws whatever D1 throws for now (unreachable, overloaded): nothing is dropped then
 */
export async function flushFacts(
  env: Env,
  config: SenderConfig,
  rows: JournalRow[],
): Promise<FlushResult> {
  const states = rows.flatMap(({ fact }) => (fact.kind === "state" ? [fact] : []));
  const latest = states.at(-1);
  if (latest !== undefined) {
    const { phase, reason } = latest.state;
    await projectState(env.DB, config.senderKey, { phase, reason, at: latest.decidedAt });
  }
  const block = rows.findLast(({ fact }) => fact.kind === "block")?.fact;
  if (block?.kind === "block") {
    await projectBlock(env.DB, config.senderKey, block.over ? null : block.block, block.at);
  }
  try {
    return { dead: 0, ...(await writeBatch(env, config, rows)) };
  } catch (err) {
    if (!isPermanentError(err)) throw err;
    const [only] = rows;
    if (rows.length === 1 && only !== undefined) {
      await bury(env, config, only, err);
      await keepNames(env, config, only);
      return { dead: 1, wanted: [], told: false, written: 1 };
    }
    const middle = Math.ceil(rows.length / 2);
    const first = await flushFacts(env, config, rows.slice(0, middle));
    const second = await flushFacts(env, config, rows.slice(middle));
    return {
      dead: first.dead + second.dead,
      wanted: [...first.wanted, ...second.wanted],
      told: first.told || second.told,
      written: first.written + second.written,
    };
  }
}

async function writeBatch(
  env: Env,
  config: SenderConfig,
  all: JournalRow[],
): Promise<Omit<FlushResult, "dead">> {
  const database = shardDatabase(env, config.shard);
  const sender = config.senderKey;
  const owner = { partner: config.partner, sender, senderId: config.phoneNumberId };
  const last = all.at(-1);
  if (last === undefined) return { wanted: [], told: false, written: 0 };
  const rows = await dropUnknown(database, sender, all);
  const came = rows.findLast(({ fact }) => fact.kind === "contact")?.receivedAt;
  const contacts = [
    ...(came === undefined ? [] : [noteContacts(database, sender, config.generation, came)]),
    ...rows.flatMap(({ fact }) =>
      fact.kind === "contacts_imported"
        ? [completeContacts(database, sender, fact.generation, fact.at)]
        : [],
    ),
  ];
  const facts = rowsOfFacts(sender, rows, config.timezone);
  const writes = [...storeFacts(database, sender, facts), ...contacts];
  const results = await database.batch(
    appendEvents(database, owner, listEvents(sender, rows), { writes, fence: last.n }),
  );
  // Should this one fail, the facts stay in the journal: the next try finds the changes again.
  if (areLooseChanges(results)) await database.batch(takeChanges(database, sender, facts.messages));
  const written = results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
  return { wanted: listWanted(results), told: hasAdded(results), written };
}

/**
 * The events of a batch. Where it holds several statuses of a message or changes of a contact, only
 * what moves forward is told; what comes after a `failed` is news only if D1 knows of a delivery,
 * which that failure cannot undo.
 */
function listEvents(sender: number, rows: JournalRow[]): NewEvent[] {
  const climbs = new Map<string, { rank: number; failed: boolean }>();
  const newestContact = new Map<string, number>();
  const ours = new Set(rows.map(({ fact }) => (fact.kind === "settled" ? fact.wamid : undefined)));
  const events: NewEvent[] = [];
  for (const row of rows) {
    // The echo of a send of ours is the same message; D1 says so of those it knows already.
    if (row.fact.kind === "message" && ours.has(row.fact.wamid)) continue;
    const event = eventOfFact(sender, row);
    if (event === null) continue;
    if (row.requestId != null) event.requestId = row.requestId;
    if (row.fact.kind === "detection") nameWriter(event, row.fact.wamid, rows);
    if (row.fact.kind === "status" && event.news?.of === "status") {
      const { wamid, status } = row.fact;
      const climb = climbs.get(wamid) ?? { rank: 0, failed: false };
      if (!movesForward(climb.rank, status)) continue;
      if (climb.failed && status === "failed") continue;
      if (climb.failed) event.news.ifDelivered = true;
      if (status === "failed") climb.failed = true;
      else climb.rank = Math.max(climb.rank, STATUS_RANK[status]);
      climbs.set(wamid, climb);
    }
    if (event.news?.of === "contact") {
      const { customer } = event.news;
      if (event.at < (newestContact.get(customer) ?? -1)) continue;
      newestContact.set(customer, event.at);
    }
    events.push(event);
  }
  return events;
}

/** A detection's message can be in its own batch, where D1 does not know it yet. */
function nameWriter(event: NewEvent, wamid: string, rows: JournalRow[]): void {
  const message = rows.find(({ fact }) => fact.kind === "message" && fact.wamid === wamid);
  if (message?.fact.kind !== "message") return;
  const customer = viewCustomer(message.fact.customer, message.derived.customer);
  event.data = { ...(event.data as object), customer };
}

/**
 * The names that a dead fact taught: the object goes by them from now on, so D1 has to, or what was
 * stored under the old one stays behind.
 */
async function keepNames(env: Env, config: SenderConfig, row: JournalRow): Promise<void> {
  if (row.derived.learnt === undefined) return;
  const learnt: JournalRow = { ...row, fact: { kind: "learnt", key: row.fact.key } };
  try {
    await writeBatch(env, config, [learnt]);
  } catch (err) {
    if (!isPermanentError(err)) throw err;
    // They are what was refused: the dead letter has them.
  }
}

/** By the fact, not by its number in the journal: the same one that is refused again counts up. */
async function bury(env: Env, config: SenderConfig, row: JournalRow, err: unknown): Promise<void> {
  await saveDeadLetter(env.DB, {
    id: `flush:${config.senderKey}:${sha256Hex(row.fact.key).slice(0, 32)}`,
    source: "flush",
    sender: config.senderKey,
    phoneNumberId: null,
    reason: errorKind(err),
    body: JSON.stringify(row),
    attempts: 1,
    at: Date.now(),
    message: String(row.n),
  });
}
