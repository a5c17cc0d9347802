/** Edits and revokes are told within 2 days (protocol.md 2.6). */
const BACK_MS = 3 * 86_400_000;

/** A message that something is about; another wamid of it has one of the patterns (meta/wamid-token.ts). */
interface Asked {
  wamid: string;
  customer: string;
  /** Epoch ms of what is about it. */
  at: number;
  patterns: readonly string[];
}

/** Of these messages, those that are there, each by the wamid that it was asked for by. */
export async function listKnownWamids(
  database: D1Database,
  sender: number,
  asked: readonly Asked[],
): Promise<Set<string>> {
  const { results } = await database
    .prepare(
      `SELECT value->>'wamid' AS wamid FROM json_each(?2)
       WHERE EXISTS (SELECT 1 FROM messages m
           WHERE m.sender = ?1 AND m.wamid = value->>'wamid' AND m.type IS NOT NULL)
         OR EXISTS (SELECT 1 FROM messages m
           WHERE m.sender = ?1 AND m.customer = value->>'customer'
             AND m.at >= value->>'at' - ${BACK_MS} AND m.type IS NOT NULL
             AND EXISTS (SELECT 1 FROM json_each(json_each.value, '$.patterns') p
               WHERE instr(m.wamid, p.value) > 0))`,
    )
    .bind(sender, JSON.stringify(asked))
    .all<{ wamid: string }>();
  return new Set(results.map(({ wamid }) => wamid));
}
