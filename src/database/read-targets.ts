import { holdsToken, keysOf } from "./link-changes.ts";

/** A message that another one, of this customer and instant (epoch ms), speaks of by its id. */
export interface TargetRef {
  wamid: string;
  customer: string;
  at: number;
  /** What all ids of the message share (meta/wamid-token.ts), where this one can be read. */
  patterns?: readonly string[];
}

/**
 * Under which wamids we have the messages that quotes and reactions are about: the exact one, else
 * the only earlier message of the conversation with the same token (protocol.md 6, row 1). Asked
 * when it is read, so that a message which comes later, as history does, is found as well.
 *
 * @returns Meta's id → ours; what is not there, or is not the only one, is left out
 */
export async function findTargets(
  database: D1Database,
  sender: number,
  refs: TargetRef[],
): Promise<Map<string, string>> {
  if (refs.length === 0) return new Map();
  const { results } = await database
    .prepare(
      `SELECT told, target FROM (
         SELECT r.value->>'wamid' AS told, CASE
           WHEN EXISTS (SELECT 1 FROM messages e WHERE e.sender = ?1
             AND e.wamid = r.value->>'wamid' AND e.type IS NOT NULL) THEN r.value->>'wamid'
           WHEN r.value->'patterns' IS NOT NULL THEN (
             SELECT iif(count(*) = 1, min(m.wamid), NULL)
             FROM messages m INDEXED BY messages_conversation
             WHERE m.sender = ?1 AND m.customer IN ${keysOf("r.value->>'customer'")}
               AND m.at <= r.value->>'at' + 86400000
               AND ${holdsToken("m.wamid", "(r.value->'patterns')")} AND m.type IS NOT NULL)
           END AS target
         FROM json_each(?2) r)
       WHERE target IS NOT NULL`,
    )
    .bind(sender, JSON.stringify(refs))
    .all<{ told: string; target: string }>();
  return new Map(results.map(({ told, target }) => [told, target]));
}
