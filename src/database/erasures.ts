export type ErasureKind = "customer" | "sender";

/** Whom an erasure looks for: gone from its row when it is over. */
export interface ErasureNames {
  /** As it was asked for: phone digits or BSUID. */
  asked: string;
  /** Keys that rows of the customer may carry. */
  keys: string[];
  /** Phones and BSUIDs, and from when to when (epoch ms) each was theirs. */
  names: { name: string; from: number; until: number }[];
  /** Messages of the very second of the erasure. */
  wamids: string[];
}

export interface Erasure {
  id: string;
  partner: string;
  sender: number;
  senderId: string;
  kind: ErasureKind;
  /** "partner", or the operator's name. */
  askedBy: string;
  names: ErasureNames | null;
  digests: string[] | null;
  /** Epoch ms: what is older is erased. */
  until: number;
  state: "running" | "done";
  step: string;
  place: string | null;
  /** What it cannot go on without, as a word; null while nothing. */
  waitsFor: string | null;
  counts: Record<string, number>;
  attempts: number;
  createdAt: number;
  endedAt: number | null;
}

type Row = Omit<Erasure, "names" | "digests" | "counts"> & {
  names: string | null;
  digests: string | null;
  counts: string;
};

const COLUMNS = `id, partner, sender, sender_id AS senderId, kind, asked_by AS askedBy, names, digests,
  until, state, step, place, waits_for AS waitsFor, counts, attempts, created_at AS createdAt,
  ended_at AS endedAt`;

/** No step waits for longer: what is due later than this was put off by a clock that was ahead. */
const WAITS_MAX_MS = 2 * 3_600_000;
const IS_DUE = (now: string) => `(due_at <= ${now} OR due_at > ${now} + ${WAITS_MAX_MS})`;

export async function insertErasure(registry: D1Database, erasure: Erasure): Promise<void> {
  await registry
    .prepare(
      `INSERT INTO erasures (id, partner, sender, sender_id, kind, asked_by, names, digests, until,
         state, step, counts, attempts, due_at, created_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'running', ?10, '{}', 0, ?11, ?11)`,
    )
    .bind(
      erasure.id,
      erasure.partner,
      erasure.sender,
      erasure.senderId,
      erasure.kind,
      erasure.askedBy,
      JSON.stringify(erasure.names),
      JSON.stringify(erasure.digests),
      erasure.until,
      erasure.step,
      erasure.createdAt,
    )
    .run();
}

/**
 * Takes an erasure that is due, so that nobody else does.
 *
 * @param until epoch ms from which on whoever takes it counts as dead
 */
export async function claimErasure(
  registry: D1Database,
  id: string,
  now: number,
  until: number,
): Promise<Erasure | null> {
  const row = await registry
    .prepare(
      `UPDATE erasures SET due_at = ?3 WHERE id = ?1 AND ${IS_DUE("?2")} RETURNING ${COLUMNS}`,
    )
    .bind(id, now, until)
    .first<Row>();
  return row === null ? null : openRow(row);
}

/** Notes how far an erasure is. @param dueAt epoch ms when it goes on; null when it is over */
export async function saveErasure(
  registry: D1Database,
  erasure: Erasure,
  dueAt: number | null,
): Promise<void> {
  const { id, names, digests, state, step, place, waitsFor, counts, attempts, endedAt } = erasure;
  await registry
    .prepare(
      `UPDATE erasures SET names = ?2, digests = ?3, state = ?4, step = ?5, place = ?6,
         waits_for = ?7, counts = ?8, attempts = ?9, ended_at = ?10, due_at = ?11
       WHERE id = ?1 AND state = 'running'`,
    )
    .bind(
      id,
      names === null ? null : JSON.stringify(names),
      digests === null ? null : JSON.stringify(digests),
      state,
      step,
      place,
      waitsFor,
      JSON.stringify(counts),
      attempts,
      endedAt,
      dueAt,
    )
    .run();
}

export async function findErasure(registry: D1Database, id: string): Promise<Erasure | null> {
  const row = await registry
    .prepare(`SELECT ${COLUMNS} FROM erasures WHERE id = ?1`)
    .bind(id)
    .first<Row>();
  return row === null ? null : openRow(row);
}

/** Erasures of a sender's customers, and of itself; the newest first. */
export async function listErasures(
  registry: D1Database,
  sender: number,
  limit: number,
): Promise<Erasure[]> {
  const { results } = await registry
    .prepare(`SELECT ${COLUMNS} FROM erasures WHERE sender = ?1 ORDER BY created_at DESC LIMIT ?2`)
    .bind(sender, limit)
    .all<Row>();
  return results.map(openRow);
}

/** Those that are due, the longest due first. */
export async function listDueErasures(
  registry: D1Database,
  now: number,
  limit: number,
): Promise<string[]> {
  const { results } = await registry
    .prepare(`SELECT id FROM erasures WHERE ${IS_DUE("?1")} ORDER BY due_at LIMIT ?2`)
    .bind(now, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

function openRow({ names, digests, counts, ...row }: Row): Erasure {
  return {
    ...row,
    names: names === null ? null : (JSON.parse(names) as ErasureNames | null),
    digests: digests === null ? null : (JSON.parse(digests) as string[] | null),
    counts: JSON.parse(counts) as Record<string, number>,
  };
}
