import { holdsToken, keysOf } from "./link-changes.ts";

/** A message that another one, of this customer and instant (epoch ms), speaks of by its id. */
export interface TargetRef {
  /** The message that speaks of it. */
  speaker: string;
  wamid: string;
  customer: string;
  at: number;
  /** What all ids of the message share (meta/wamid-token.ts), where this one can be read. */
  patterns?: readonly string[];
}

/**
 * How many messages before a quote are looked through for the token of what it quotes: through all
 * of a conversation of 20,000 it took 48 ms a quote.
 */
const NEAREST = 1_000;
/** A quote is never older than what it quotes, but clocks differ. */
const AHEAD_MS = 86_400_000;

/**
 * Under which wamids we have the messages that quotes and reactions are about: the exact one, else
 * the only one with the same token (protocol.md 6, row 1) among the nearest earlier messages of the
 * conversation, under each key of its customer. Asked when it is read, so that a message which comes
 * later, as history does, is found as well.
 *
 * @returns by the speaker's wamid: Meta's id → ours. What is not there, or is not the only one, is
 *   left out. The same id in two conversations can mean a message in one of them alone
 */
export async function findTargets(
  database: D1Database,
  sender: number,
  refs: TargetRef[],
): Promise<Map<string, Map<string, string>>> {
  if (refs.length === 0) return new Map();
  const { results } = await database
    .prepare(
      // Materialized, or the patterns are taken out of the JSON anew for each message.
      `WITH refs AS MATERIALIZED (
         SELECT value->>'speaker' AS speaker, value->>'wamid' AS told,
           value->>'customer' AS customer, value->>'at' AS at, value->>'$.patterns[0]' AS one,
           value->>'$.patterns[1]' AS two, value->>'$.patterns[2]' AS three
         FROM json_each(?2))
       SELECT speaker, told, target FROM (
         SELECT speaker, told, CASE
           WHEN EXISTS (SELECT 1 FROM messages e
             WHERE e.sender = ?1 AND e.wamid = r.told AND e.type IS NOT NULL) THEN told
           WHEN one IS NOT NULL THEN (
             SELECT iif(count(*) = 1, min(m.wamid), NULL)
             FROM ${keysOf("r.customer")} own
             CROSS JOIN messages m ON m.sender = ?1 AND m.wamid IN (SELECT near.wamid FROM (
               SELECT p.wamid FROM messages p INDEXED BY messages_conversation
               WHERE p.sender = ?1 AND p.customer = own.key AND p.at <= r.at + ${AHEAD_MS}
               ORDER BY p.at DESC LIMIT ${NEAREST}) near
               WHERE ${holdsToken("near.wamid", ["r.one", "r.two", "r.three"])})
             WHERE m.type IS NOT NULL)
           END AS target
         FROM refs r)
       WHERE target IS NOT NULL`,
    )
    .bind(sender, JSON.stringify(refs))
    .all<{ speaker: string; told: string; target: string }>();
  const bySpeaker = Map.groupBy(results, ({ speaker }) => speaker);
  return new Map(
    [...bySpeaker].map(([speaker, found]) => [
      speaker,
      new Map(found.map(({ told, target }) => [told, target])),
    ]),
  );
}
