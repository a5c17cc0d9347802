/** A sender on its way to another shard. */
export interface Move {
  id: string;
  sender: number;
  fromShard: string;
  toShard: string;
  operator: string;
  state: "running" | "done" | "given_up";
  step: string;
  place: string | null;
  /** The fence of the former shard before it was shut; null: it is not yet. */
  fence: number | null;
  /** Rows copied, by table. */
  counts: Record<string, number>;
  attempts: number;
  createdAt: number;
  endedAt: number | null;
}

type Row = Omit<Move, "counts"> & { counts: string };

const COLUMNS = `id, sender, from_shard AS fromShard, to_shard AS toShard, operator, state, step, place,
  fence, counts, attempts, created_at AS createdAt, ended_at AS endedAt`;

/**
 * Begins a move, unless the sender is on one already or is not where it is believed to be. One that
 * has switched and not ended yet counts: it deletes the rows where it came from.
 *
 * @returns whether it began
 */
export async function insertMove(registry: D1Database, move: Move): Promise<boolean> {
  const [taken] = await registry.batch([
    registry
      .prepare(
        `UPDATE senders SET move = ?2
         WHERE key = ?1 AND move IS NULL AND erased_at IS NULL AND shard = ?3
           AND NOT EXISTS (SELECT 1 FROM moves
             WHERE due_at IS NOT NULL AND state = 'running' AND sender = ?1)`,
      )
      .bind(move.sender, move.id, move.fromShard),
    registry
      .prepare(
        `INSERT INTO moves (id, sender, from_shard, to_shard, operator, state, step, counts,
           attempts, due_at, created_at)
         SELECT ?1, ?2, ?3, ?4, ?5, 'running', ?6, '{}', 0, ?7, ?7
         WHERE (SELECT move FROM senders WHERE key = ?2) = ?1`,
      )
      .bind(
        move.id,
        move.sender,
        move.fromShard,
        move.toShard,
        move.operator,
        move.step,
        move.createdAt,
      ),
  ]);
  return (taken?.meta.changes ?? 0) > 0;
}

/** Takes a move that is due, so that nobody else does. @param until epoch ms of the taker's end */
export async function claimMove(
  registry: D1Database,
  id: string,
  now: number,
  until: number,
): Promise<Move | null> {
  const row = await registry
    .prepare(`UPDATE moves SET due_at = ?3 WHERE id = ?1 AND due_at <= ?2 RETURNING ${COLUMNS}`)
    .bind(id, now, until)
    .first<Row>();
  return row === null ? null : openRow(row);
}

/** @param dueAt epoch ms when it goes on; null when nothing is left to do */
export async function saveMove(
  registry: D1Database,
  move: Move,
  dueAt: number | null,
): Promise<void> {
  await registry
    .prepare(
      `UPDATE moves SET state = ?2, step = ?3, place = ?4, fence = ?5, counts = ?6, attempts = ?7,
         ended_at = ?8, due_at = ?9 WHERE id = ?1`,
    )
    .bind(
      move.id,
      move.state,
      move.step,
      move.place,
      move.fence,
      JSON.stringify(move.counts),
      move.attempts,
      move.endedAt,
      dueAt,
    )
    .run();
}

export async function findMove(registry: D1Database, id: string): Promise<Move | null> {
  const row = await registry
    .prepare(`SELECT ${COLUMNS} FROM moves WHERE id = ?1`)
    .bind(id)
    .first<Row>();
  return row === null ? null : openRow(row);
}

export async function listDueMoves(
  registry: D1Database,
  now: number,
  limit: number,
): Promise<string[]> {
  const { results } = await registry
    .prepare(`SELECT id FROM moves WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2`)
    .bind(now, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** The sender lives in the new shard from now on, still on its move; once more, nothing changes. */
export async function switchShard(registry: D1Database, move: Move): Promise<void> {
  await registry
    .prepare(`UPDATE senders SET shard = ?3 WHERE key = ?1 AND move = ?2`)
    .bind(move.sender, move.id, move.toShard)
    .run();
}

/** The sender stays where it is. */
export async function endMove(registry: D1Database, move: Move): Promise<void> {
  await registry
    .prepare(`UPDATE senders SET move = NULL WHERE key = ?1 AND move = ?2`)
    .bind(move.sender, move.id)
    .run();
}

/** The sender lives elsewhere than the registry believes, and is on no move. @returns whether so */
export async function correctShard(
  registry: D1Database,
  { key, shard }: { key: number; shard: string },
  to: string,
): Promise<boolean> {
  const { meta } = await registry
    .prepare(
      `UPDATE senders SET shard = ?3 WHERE key = ?1 AND move IS NULL AND shard = ?2
         AND NOT EXISTS (SELECT 1 FROM moves
           WHERE due_at IS NOT NULL AND state = 'running' AND sender = ?1)`,
    )
    .bind(key, shard, to)
    .run();
  return meta.changes > 0;
}

/** Whether something of a sender is being erased. */
export async function isBeingErased(registry: D1Database, sender: number): Promise<boolean> {
  const row = await registry
    .prepare(`SELECT 1 FROM erasures WHERE sender = ?1 AND state = 'running' LIMIT 1`)
    .bind(sender)
    .first();
  return row !== null;
}

/** Whether a sender's move has something left to do, if only to let its object go on. */
export async function isMoving(registry: D1Database, sender: number): Promise<boolean> {
  const row = await registry
    .prepare(`SELECT 1 FROM moves WHERE due_at > 0 AND sender = ?1 AND state = 'running' LIMIT 1`)
    .bind(sender)
    .first();
  return row !== null;
}

/** Where a sender is, and whether it is on a move: as of now. */
export function findHome(
  registry: D1Database,
  sender: number,
): Promise<{ shard: string; move: string | null } | null> {
  return registry.prepare(`SELECT shard, move FROM senders WHERE key = ?1`).bind(sender).first();
}

function openRow({ counts, ...row }: Row): Move {
  return { ...row, counts: JSON.parse(counts) as Record<string, number> };
}
