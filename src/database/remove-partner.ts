/** How many numbers of a partner are not erased, by whether they are given up. */
export async function countKeptSenders(
  registry: D1Database,
  partner: string,
): Promise<{ connected: number; givenUp: number }> {
  const row = await registry
    .prepare(
      `SELECT count(*) FILTER (WHERE state != 'disconnected') AS connected,
         count(*) FILTER (WHERE state = 'disconnected') AS givenUp
       FROM senders WHERE partner = ?1 AND erased_at IS NULL`,
    )
    .bind(partner)
    .first<{ connected: number; givenUp: number }>();
  return row ?? { connected: 0, givenUp: 0 };
}

/** Signups that hold an account's token, or are about to. */
const UNDER_WAY = `partner = ?1 AND state NOT IN ('finished', 'cancelled')
  AND (token IS NOT NULL OR state IN ('exchanging', 'confirming'))`;

/** A partner's signups that have to be ended at Meta, too. */
export async function listSignupsUnderWay(
  registry: D1Database,
  partner: string,
  limit: number,
): Promise<string[]> {
  const { results } = await registry
    .prepare(`SELECT id FROM signup_sessions WHERE ${UNDER_WAY} ORDER BY id LIMIT ?2`)
    .bind(partner, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/**
 * Removes a partner with its keys, signups and datasets, and marks its endpoints as ended, in one
 * batch; changes nothing where a number of it is not erased, or a signup under way.
 *
 * @returns the keys that are gone, or null where nothing was done
 */
export async function deletePartner(
  registry: D1Database,
  partner: string,
  now: number,
): Promise<{ keys: string[] } | null> {
  const gone = `NOT EXISTS (SELECT 1 FROM partners WHERE id = ?1)`;
  const [deleted, keys] = await registry.batch<{ id: string }>([
    registry
      .prepare(
        `DELETE FROM partners WHERE id = ?1
           AND NOT EXISTS (SELECT 1 FROM senders WHERE partner = ?1 AND erased_at IS NULL)
           AND NOT EXISTS (SELECT 1 FROM signup_sessions WHERE ${UNDER_WAY}) RETURNING id`,
      )
      .bind(partner),
    registry
      .prepare(`DELETE FROM api_keys WHERE partner = ?1 AND ${gone} RETURNING id`)
      .bind(partner),
    registry.prepare(`DELETE FROM signup_sessions WHERE partner = ?1 AND ${gone}`).bind(partner),
    registry.prepare(`DELETE FROM datasets WHERE partner = ?1 AND ${gone}`).bind(partner),
    registry
      .prepare(
        `UPDATE endpoints SET state = 'removing', state_at = ?2, version = version + 1
         WHERE partner = ?1 AND state != 'removing' AND ${gone}`,
      )
      .bind(partner, now),
  ]);
  if (deleted?.results.length !== 1) return null;
  return { keys: keys?.results.map(({ id }) => id) ?? [] };
}
