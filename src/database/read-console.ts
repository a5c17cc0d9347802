import { SENDER_COLUMNS } from "./senders.ts";
import type { Sender } from "./senders.ts";

/*
 * What operators see across partners. These walk through registry tables whole: those have a row a
 * sender, a partner or a signup, not a row a message.
 */

/** Which senders a list shows. */
export const SENDER_VIEWS = ["all", "active", "attention", "disconnected", "former"] as const;
export type SenderView = (typeof SENDER_VIEWS)[number];

export type ListedSender = Sender & { partnerName: string; superseded: number | null };

const VIEWS: Record<SenderView, string> = {
  all: "superseded_at IS NULL",
  active: "superseded_at IS NULL AND state = 'active'",
  attention: `superseded_at IS NULL AND state != 'disconnected'
    AND (state != 'active' OR blocked IS NOT NULL OR held IS NOT NULL)`,
  disconnected: "superseded_at IS NULL AND state = 'disconnected'",
  former: "superseded_at IS NOT NULL",
};

const LISTED = `SELECT ${SENDER_COLUMNS}, superseded_at AS superseded,
    coalesce((SELECT p.name FROM partners p WHERE p.id = senders.partner), 'removed') AS partnerName
  FROM senders`;

/**
 * A page of all partners' senders, the newest first.
 *
 * @param search part of a number, a name, an id or the partner's name; digits count alone
 */
export async function searchSenders(
  registry: D1Database,
  page: {
    view: SenderView;
    search: string;
    partner?: string | undefined;
    before: number | null;
    limit: number;
  },
): Promise<ListedSender[]> {
  const { results } = await registry
    .prepare(
      `${LISTED}
       WHERE ${VIEWS[page.view]} AND key < ?1 AND (?2 IS NULL OR partner = ?2)
         AND (?3 = '' OR instr(lower(coalesce(verified_name, '') || '|' || partnerName || '|'
             || phone_number_id || '|' || waba_id), lower(?3)) > 0
           OR (?4 != '' AND instr(replace(replace(replace(display_phone_number, ' ', ''), '-', ''),
             '+', ''), ?4) > 0))
       ORDER BY key DESC LIMIT ?5`,
    )
    .bind(
      page.before ?? Number.MAX_SAFE_INTEGER,
      page.partner ?? null,
      page.search,
      page.search.replaceAll(/\D/g, ""),
      page.limit,
    )
    .all<ListedSender>();
  return results;
}

export function findListedSender(registry: D1Database, key: number): Promise<ListedSender | null> {
  return registry.prepare(`${LISTED} WHERE key = ?1`).bind(key).first<ListedSender>();
}

/** Senders that are held, blocked, paused or in doubt; the longest first. */
export async function listSendersInTrouble(
  registry: D1Database,
  limit: number,
): Promise<ListedSender[]> {
  const { results } = await registry
    .prepare(`${LISTED} WHERE ${VIEWS.attention} ORDER BY state_at LIMIT ?1`)
    .bind(limit)
    .all<ListedSender>();
  return results;
}

export async function countSendersByState(registry: D1Database): Promise<Map<string, number>> {
  const { results } = await registry
    .prepare(
      `SELECT state, count(*) AS count FROM senders WHERE superseded_at IS NULL GROUP BY state`,
    )
    .all<{ state: string; count: number }>();
  return new Map(results.map((row) => [row.state, row.count]));
}

export interface ListedPartner {
  id: string;
  name: string;
  logoUrl: string | null;
  mediaRetentionDays: number | null;
  messageRetentionDays: number | null;
  createdAt: number;
  senders: number;
  keys: number;
}

const PARTNERS = `SELECT p.id, p.name, p.logo_url AS logoUrl,
    p.media_retention_days AS mediaRetentionDays,
    p.message_retention_days AS messageRetentionDays, p.created_at AS createdAt,
    (SELECT count(*) FROM senders s WHERE s.partner = p.id AND s.superseded_at IS NULL
      AND s.state != 'disconnected') AS senders,
    (SELECT count(*) FROM api_keys k WHERE k.partner = p.id AND k.revoked_at IS NULL) AS keys
  FROM partners p`;

export async function listPartners(registry: D1Database): Promise<ListedPartner[]> {
  const { results } = await registry
    .prepare(`${PARTNERS} ORDER BY lower(p.name), p.id LIMIT 1000`)
    .all<ListedPartner>();
  return results;
}

export function findPartner(registry: D1Database, id: string): Promise<ListedPartner | null> {
  return registry.prepare(`${PARTNERS} WHERE p.id = ?1`).bind(id).first<ListedPartner>();
}

/** A signup as operators see it: no token, no code. JSON columns as they are stored. */
export interface ListedSignup {
  id: string;
  partner: string;
  partnerName: string;
  state: string;
  kind: string;
  externalId: string | null;
  phoneNumber: string | null;
  wabaId: string | null;
  phoneNumberId: string | null;
  error: string | null;
  trail: string | null;
  onboardedAt: number | null;
  unattendedAt: number | null;
  createdAt: number;
  expiresAt: number;
}

const SIGNUPS = `SELECT s.id, s.partner, p.name AS partnerName, s.state, s.kind,
    s.external_id AS externalId, s.phone_number AS phoneNumber, s.waba_id AS wabaId,
    s.phone_number_id AS phoneNumberId, s.error, s.trail, s.onboarded_at AS onboardedAt,
    s.unattended_at AS unattendedAt, s.created_at AS createdAt, s.expires_at AS expiresAt
  FROM signup_sessions s JOIN partners p ON p.id = s.partner`;

/** The newest first. @param stopped leaves out those that are finished or only opened */
export async function listSignups(
  registry: D1Database,
  page: { before: number | null; stopped: boolean; limit: number },
): Promise<ListedSignup[]> {
  const { results } = await registry
    .prepare(
      `${SIGNUPS} WHERE s.created_at < ?1
         AND (?2 = 0 OR (s.state NOT IN ('open', 'finished')) OR s.error IS NOT NULL)
       ORDER BY s.created_at DESC LIMIT ?3`,
    )
    .bind(page.before ?? Number.MAX_SAFE_INTEGER, page.stopped ? 1 : 0, page.limit)
    .all<ListedSignup>();
  return results;
}

export function findSignup(registry: D1Database, id: string): Promise<ListedSignup | null> {
  return registry.prepare(`${SIGNUPS} WHERE s.id = ?1`).bind(id).first<ListedSignup>();
}

/** Syncs that need somebody: stalled, or ended without everything. Of the generation in force. */
export async function listTroubledSyncs(
  database: D1Database,
  since: number,
  limit: number,
): Promise<{ sender: number; generation: number; kind: string; state: string }[]> {
  const { results } = await database
    .prepare(
      `SELECT sender, generation, kind, state FROM syncs
       WHERE state = 'stalled' OR (state IN ('incomplete', 'failed', 'unknown', 'expired')
         AND coalesce(ended_at, requested_at, generation) > ?1)
       ORDER BY generation DESC LIMIT ?2`,
    )
    .bind(since, limit)
    .all<{ sender: number; generation: number; kind: string; state: string }>();
  return results;
}

/** What waits in a shard: files whose turn has come, and items that nobody can use yet. */
export async function countWaiting(
  database: D1Database,
  now: number,
): Promise<{ mediaDue: number; mediaOldest: number | null; unrouted: number }> {
  const row = await database
    .prepare(
      `SELECT (SELECT count(*) FROM media WHERE due_at <= ?1) AS mediaDue,
         (SELECT min(due_at) FROM media WHERE due_at <= ?1) AS mediaOldest,
         (SELECT count(*) FROM unrouted) AS unrouted`,
    )
    .bind(now)
    .first<{ mediaDue: number; mediaOldest: number | null; unrouted: number }>();
  return row ?? { mediaDue: 0, mediaOldest: null, unrouted: 0 };
}

/** A sender's files by state. Walks through all of them. */
export async function countMedia(
  database: D1Database,
  sender: number,
): Promise<{ state: string; reason: string | null; count: number; bytes: number }[]> {
  const { results } = await database
    .prepare(
      `SELECT state, iif(state = 'stored', NULL, reason) AS reason, count(*) AS count,
         coalesce(sum(bytes), 0) AS bytes
       FROM media WHERE sender = ?1 GROUP BY 1, 2 ORDER BY 1, 2`,
    )
    .bind(sender)
    .all<{ state: string; reason: string | null; count: number; bytes: number }>();
  return results;
}

/** Progress of the newest history import of senders, in one statement. */
export async function listProgress(
  database: D1Database,
  senders: { key: number; generation: number }[],
): Promise<Map<number, { state: string; progress: number; pages: number; stored: number }>> {
  const { results } = await database
    .prepare(
      `SELECT y.sender, y.state,
         coalesce((SELECT h.progress FROM history_chunks h WHERE h.sender = y.sender
           AND h.generation = y.generation AND h.phase IS NOT NULL
           ORDER BY h.phase DESC, h.progress DESC LIMIT 1), 0) AS progress,
         (SELECT coalesce(sum(h.pages), 0) FROM history_chunks h
           WHERE h.sender = y.sender AND h.generation = y.generation) AS pages,
         (SELECT coalesce(sum(h.pages_stored), 0) FROM history_chunks h
           WHERE h.sender = y.sender AND h.generation = y.generation) AS stored
       FROM json_each(?1) j CROSS JOIN syncs y ON y.sender = j.value->>'key'
         AND y.generation = j.value->>'generation' AND y.kind = 'history'`,
    )
    .bind(JSON.stringify(senders))
    .all<{ sender: number; state: string; progress: number; pages: number; stored: number }>();
  return new Map(results.map(({ sender, ...row }) => [sender, row]));
}
