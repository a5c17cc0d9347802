import { HAS_AD_CLICK } from "./ad-click.ts";

/** The message with which a customer came by an ad (protocol.md 2.6). */
export interface AdClick {
  wamid: string;
  /** Epoch ms. */
  at: number;
  /** Meta's `referral` object, as JSON. */
  referral: string;
}

/**
 * The newest click on an ad of each person, by person; of those who never came by one, nothing.
 *
 * @param persons each with every key that messages of theirs may carry
 */
export async function findAdClicks(
  database: D1Database,
  sender: number,
  persons: readonly { person: string; keys: readonly string[] }[],
): Promise<Map<string, AdClick>> {
  const named = persons.flatMap(({ person, keys }) => keys.map((key) => ({ person, key })));
  // Each key's newest by itself, along the index that holds only such messages.
  const { results } = await database
    .prepare(
      `SELECT j.value->>'person' AS person, m.wamid, m.at, m.body->'referral' AS referral
       FROM json_each(?2) j
       CROSS JOIN messages m ON m.sender = ?1 AND m.wamid = (
         SELECT wamid FROM messages INDEXED BY messages_ad_click
         WHERE sender = ?1 AND customer = j.value->>'key' AND direction = 'inbound'
           AND type IS NOT NULL AND ${HAS_AD_CLICK}
         ORDER BY at DESC LIMIT 1)
       ORDER BY m.at`,
    )
    .bind(sender, JSON.stringify(named))
    .all<AdClick & { person: string }>();
  return new Map(results.map(({ person, ...click }) => [person, click]));
}
