/** What the object's own decisions look like in D1, for everybody who reads. */

export interface StateProjection {
  phase: string;
  reason: string | null;
  /** Epoch ms of the decision; an older one never overwrites a newer. */
  at: number;
}

/** Writes a sender's state into the registry. */
export async function projectState(
  registry: D1Database,
  sender: number,
  state: StateProjection,
): Promise<void> {
  await registry
    .prepare(
      `UPDATE senders SET state = ?2, state_reason = ?3, state_at = ?4
       WHERE key = ?1 AND state_at <= ?4 AND superseded_at IS NULL`,
    )
    .bind(sender, state.phase, state.reason, state.at)
    .run();
}

/** Writes what blocks a sender into the registry, or that nothing does. @param at epoch ms */
export async function projectBlock(
  registry: D1Database,
  sender: number,
  block: object | null,
  at: number,
): Promise<void> {
  await registry
    .prepare(
      `UPDATE senders SET blocked = ?2, blocked_at = ?3
       WHERE key = ?1 AND coalesce(blocked_at, 0) <= ?3`,
    )
    .bind(sender, block === null ? null : JSON.stringify(block), at)
    .run();
}

/**
 * The first contacts dump has come in: a quiet spell says so, since Meta sends no end mark. A part
 * that comes later is stored all the same; how many contacts there are is counted when asked.
 */
export function completeContacts(
  database: D1Database,
  sender: number,
  generation: number,
  at: number,
): D1PreparedStatement {
  return database
    .prepare(
      `INSERT INTO syncs (sender, generation, kind, state, ended_at)
       VALUES (?1, ?2, 'contacts', 'complete', ?3)
       ON CONFLICT (sender, generation, kind) DO UPDATE SET state = 'complete',
         ended_at = excluded.ended_at
       WHERE syncs.state != 'complete'`,
    )
    .bind(sender, generation, at);
}

/** A sync ends so long after it was asked for (operations/weigh-contacts.ts); what comes is an edit. */
const CONTACTS_PARTS_MS = 24 * 3_600_000;

/**
 * Notes that contacts came for a sync that was asked for: it is no longer awaited. Later edits of
 * the address book write nothing here.
 *
 * @param at epoch ms of the arrival
 */
export function noteContacts(
  database: D1Database,
  sender: number,
  generation: number,
  at: number,
): D1PreparedStatement {
  return database
    .prepare(
      `UPDATE syncs SET first_at = coalesce(first_at, ?3), last_at = max(coalesce(last_at, 0), ?3),
         state = iif(state = 'complete', state, 'importing')
       WHERE sender = ?1 AND generation = ?2 AND kind = 'contacts' AND requested_at IS NOT NULL
         AND requested_at > ?3 - ${CONTACTS_PARTS_MS}`,
    )
    .bind(sender, generation, at);
}
