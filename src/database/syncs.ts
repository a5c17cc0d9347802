/** What became of asking Meta for contacts or history (GET /v1/senders/{id}/sync). */
export type SyncState =
  | "none"
  /** The signup was confirmed without asking for it. */
  | "not_requested"
  | "requested"
  | "importing"
  | "complete"
  | "incomplete"
  | "declined"
  | "stalled"
  | "expired"
  | "failed"
  | "unknown";

export interface SyncRow {
  state: SyncState;
  requestedAt: number | null;
  requestId: string | null;
  error: unknown;
  firstAt: number | null;
  lastAt: number | null;
  endedAt: number | null;
}

/** One of the two things that an onboarding asks Meta for. */
export type SyncKind = "contacts" | "history";

export interface StoredSync extends Omit<SyncRow, "error"> {
  error: string | null;
}

/** States in which something is still awaited: a sweep looks at these. */
const OPEN_STATES: readonly SyncState[] = ["requested", "importing", "stalled", "unknown"];
/** States that are an end: all but these have no time of ending. */
const END_STATES = new Set<SyncState>(["complete", "incomplete", "declined", "expired"]);

export async function findSync(
  database: D1Database,
  sender: number,
  generation: number,
  kind: SyncKind,
): Promise<SyncRow | null> {
  return openSync(await selectSync(database, sender, generation, kind).first<StoredSync>());
}

/** For a batch; `openSync` reads its row. */
export function selectSync(
  database: D1Database,
  sender: number,
  generation: number,
  kind: SyncKind,
): D1PreparedStatement {
  return database
    .prepare(
      `SELECT state, requested_at AS requestedAt, request_id AS requestId, error,
         first_at AS firstAt, last_at AS lastAt, ended_at AS endedAt
       FROM syncs WHERE sender = ?1 AND generation = ?2 AND kind = ?3`,
    )
    .bind(sender, generation, kind);
}

export function openSync(row: StoredSync | null): SyncRow | null {
  return row === null
    ? null
    : { ...row, error: row.error === null ? null : (JSON.parse(row.error) as unknown) };
}

/**
 * Claims the one shot of a kind and generation: the intent is stored before the call.
 *
 * @returns false when it was claimed before; then nobody may fire it
 */
export async function claimSync(
  database: D1Database,
  sender: number,
  generation: number,
  kind: SyncKind,
  now: number,
): Promise<boolean> {
  const claimed = await database
    .prepare(
      `INSERT INTO syncs (sender, generation, kind, state, requested_at)
       VALUES (?1, ?2, ?3, 'requested', ?4)
       ON CONFLICT (sender, generation, kind) DO UPDATE SET requested_at = excluded.requested_at,
         state = iif(syncs.state IN ('none', 'not_requested'), excluded.state, syncs.state)
       WHERE syncs.requested_at IS NULL
       RETURNING state`,
    )
    .bind(sender, generation, kind, now)
    .first();
  return claimed !== null;
}

/** Gives the shot back: it was claimed, and certainly not fired. */
export async function releaseSync(
  database: D1Database,
  sender: number,
  generation: number,
  kind: SyncKind,
): Promise<void> {
  await database
    .prepare(
      `UPDATE syncs SET requested_at = NULL, state = iif(state = 'requested', 'none', state)
       WHERE sender = ?1 AND generation = ?2 AND kind = ?3`,
    )
    .bind(sender, generation, kind)
    .run();
}

/** Notes that a signup chose not to ask; a shot that was fired by an earlier try stays. */
export async function noteNotRequested(
  database: D1Database,
  sender: number,
  generation: number,
  kind: SyncKind,
): Promise<void> {
  await database
    .prepare(
      `INSERT INTO syncs (sender, generation, kind, state) VALUES (?1, ?2, ?3, 'not_requested')
       ON CONFLICT DO NOTHING`,
    )
    .bind(sender, generation, kind)
    .run();
}

/** What Meta answered to a shot. */
export interface SyncAnswer {
  state: "requested" | "failed" | "expired" | "unknown";
  /** Meta's own id of the request, for its support. */
  requestId?: string | null;
  error?: unknown;
}

/** Notes what Meta answered to the shot; arrivals in the meantime are not overwritten. */
export async function noteSyncAnswer(
  database: D1Database,
  sender: number,
  generation: number,
  kind: SyncKind,
  answer: SyncAnswer,
): Promise<void> {
  await database
    .prepare(
      `UPDATE syncs SET state = iif(state = 'requested', ?4, state), request_id = ?5, error = ?6
       WHERE sender = ?1 AND generation = ?2 AND kind = ?3`,
    )
    .bind(
      sender,
      generation,
      kind,
      answer.state,
      answer.requestId ?? null,
      answer.error === undefined ? null : JSON.stringify(answer.error),
    )
    .run();
}

/** Moves a sync to a state reached by judging the ledger, or by an error that came as history. */
export function moveSync(
  database: D1Database,
  sender: number,
  generation: number,
  kind: SyncKind,
  state: SyncState,
  now: number,
  error?: object,
): D1PreparedStatement {
  return database
    .prepare(
      `INSERT INTO syncs (sender, generation, kind, state, ended_at, error)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (sender, generation, kind) DO UPDATE SET state = excluded.state,
         ended_at = excluded.ended_at, error = coalesce(excluded.error, syncs.error)`,
    )
    .bind(
      sender,
      generation,
      kind,
      state,
      END_STATES.has(state) ? now : null,
      error === undefined ? null : JSON.stringify(error),
    );
}

/** Syncs of a kind that are under way in a shard, by sender, for the sweep. */
export async function listOpenSyncs(
  database: D1Database,
  kind: SyncKind,
  afterSender: number,
  limit: number,
): Promise<{ sender: number; generation: number; state: SyncState }[]> {
  const { results } = await database
    .prepare(
      `SELECT sender, generation, state FROM syncs
       WHERE kind = ?1 AND state IN (SELECT value FROM json_each(?2)) AND sender > ?3
       ORDER BY sender LIMIT ?4`,
    )
    .bind(kind, JSON.stringify(OPEN_STATES), afterSender, limit)
    .all<{ sender: number; generation: number; state: SyncState }>();
  return results;
}

/** The generations of a sender that have a ledger, the newest first. */
export async function listGenerations(database: D1Database, sender: number): Promise<number[]> {
  const { results } = await database
    .prepare(`SELECT DISTINCT generation FROM syncs WHERE sender = ?1 ORDER BY generation DESC`)
    .bind(sender)
    .all<{ generation: number }>();
  return results.map((row) => row.generation);
}
