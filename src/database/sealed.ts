import type { Sealed } from "../lib/seal.ts";

/*
 * What lies sealed in the registry, for the sweep that seals it anew (operations/sweep-sealed.ts). A
 * record is replaced only where it still is what was read: whoever changed it meanwhile has sealed
 * it with a newer key, or erased it.
 */

/** A number's object holds its token; these are all that may have one, by key. */
export async function listTokenHolders(
  registry: D1Database,
  afterKey: number,
  limit: number,
): Promise<{ key: number; phoneNumberId: string }[]> {
  const { results } = await registry
    .prepare(
      `SELECT key, phone_number_id AS phoneNumberId FROM senders
       WHERE key > ?1 AND superseded_at IS NULL ORDER BY key LIMIT ?2`,
    )
    .bind(afterKey, limit)
    .all<{ key: number; phoneNumberId: string }>();
  return results;
}

/** The sealed secrets of an endpoint, as text and as it is read. */
export interface SealedEndpoint {
  id: string;
  partner: string;
  secret: string;
  previousSecret: string | null;
  /** Epoch ms; the one before is of no use from then on. */
  previousUntil: number | null;
  /** Whether its object has this very row. */
  isConfigured: boolean;
}

/** Endpoints by id; those that are being removed are told nothing any more. */
export async function listSealedEndpoints(
  registry: D1Database,
  after: string,
  limit: number,
): Promise<SealedEndpoint[]> {
  const { results } = await registry
    .prepare(
      `SELECT id, partner, secret, previous_secret AS previousSecret,
         previous_until AS previousUntil, configured = version AS isConfigured
       FROM endpoints WHERE id > ?1 AND state != 'removing' ORDER BY id LIMIT ?2`,
    )
    .bind(after, limit)
    .all<Omit<SealedEndpoint, "isConfigured"> & { isConfigured: number }>();
  return results.map((row) => ({ ...row, isConfigured: row.isConfigured === 1 }));
}

/**
 * The same secrets under another key. The version moves on, so that the endpoint's object learns it.
 *
 * @returns false where the endpoint was changed since it was read
 */
export async function resealEndpoint(
  registry: D1Database,
  { id, secret, previousSecret }: SealedEndpoint,
  to: { secret: Sealed; previousSecret: Sealed | null },
): Promise<boolean> {
  const { meta } = await registry
    .prepare(
      `UPDATE endpoints SET version = version + 1, secret = ?4, previous_secret = ?5,
         previous_until = iif(?5 IS NULL, NULL, previous_until)
       WHERE id = ?1 AND secret = ?2 AND previous_secret IS ?3 AND state != 'removing'`,
    )
    .bind(
      id,
      secret,
      previousSecret,
      JSON.stringify(to.secret),
      to.previousSecret === null ? null : JSON.stringify(to.previousSecret),
    )
    .run();
  return meta.changes > 0;
}

/** Signups that hold a token, by id. */
export async function listSealedSessions(
  registry: D1Database,
  after: string,
  limit: number,
): Promise<{ id: string; token: string }[]> {
  const { results } = await registry
    .prepare(
      `SELECT id, token FROM signup_sessions
       WHERE id > ?1 AND token IS NOT NULL ORDER BY id LIMIT ?2`,
    )
    .bind(after, limit)
    .all<{ id: string; token: string }>();
  return results;
}

/** The same token under another key. @returns false where the session was changed since */
export async function resealSession(
  registry: D1Database,
  session: { id: string; token: string },
  to: Sealed,
): Promise<boolean> {
  const { meta } = await registry
    .prepare(`UPDATE signup_sessions SET token = ?3 WHERE id = ?1 AND token = ?2`)
    .bind(session.id, session.token, JSON.stringify(to))
    .run();
  return meta.changes > 0;
}
