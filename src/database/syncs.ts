/** What became of asking Meta for contacts or history (GET /v1/senders/{id}/sync). */
export type SyncState =
  | "none"
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
  count: number | null;
}

interface StoredSync extends Omit<SyncRow, "error"> {
  error: string | null;
}

export async function findSync(
  database: D1Database,
  sender: number,
  generation: number,
  kind: "contacts" | "history",
): Promise<SyncRow | null> {
  const row = await database
    .prepare(
      `SELECT state, requested_at AS requestedAt, request_id AS requestId, error,
         first_at AS firstAt, last_at AS lastAt, ended_at AS endedAt, count
       FROM syncs WHERE sender = ?1 AND generation = ?2 AND kind = ?3`,
    )
    .bind(sender, generation, kind)
    .first<StoredSync>();
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
  kind: "contacts" | "history",
  now: number,
): Promise<boolean> {
  const claimed = await database
    .prepare(
      `INSERT INTO syncs (sender, generation, kind, state, requested_at)
       VALUES (?1, ?2, ?3, 'requested', ?4)
       ON CONFLICT (sender, generation, kind) DO UPDATE SET requested_at = excluded.requested_at
       WHERE syncs.requested_at IS NULL
       RETURNING state`,
    )
    .bind(sender, generation, kind, now)
    .first();
  return claimed !== null;
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
  kind: "contacts" | "history",
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

/** Moves a sync to a state reached by judging the ledger. */
export function moveSync(
  database: D1Database,
  sender: number,
  generation: number,
  kind: "contacts" | "history",
  state: SyncState,
  now: number,
): D1PreparedStatement {
  return database
    .prepare(
      `INSERT INTO syncs (sender, generation, kind, state, ended_at)
       VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (sender, generation, kind) DO UPDATE SET state = excluded.state,
         ended_at = excluded.ended_at`,
    )
    .bind(sender, generation, kind, state, now);
}

/** History imports that are under way in a shard, by sender, for the sweep. */
export async function listOpenHistory(
  database: D1Database,
  afterSender: number,
  limit: number,
): Promise<{ sender: number; generation: number; state: SyncState }[]> {
  const { results } = await database
    .prepare(
      `SELECT sender, generation, state FROM syncs
       WHERE kind = 'history' AND state IN ('requested', 'importing', 'stalled', 'unknown')
         AND sender > ?1 ORDER BY sender LIMIT ?2`,
    )
    .bind(afterSender, limit)
    .all<{ sender: number; generation: number; state: SyncState }>();
  return results;
}
