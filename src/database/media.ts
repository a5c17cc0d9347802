/*
 * Files of messages. A row is written in the batch that writes its message; from then on only what
 * is said here changes it, however often Meta repeats the message.
 */

export type MediaState = "wanted" | "stored" | "unavailable" | "deleted";

/** Why there is no file. */
export type MediaReason =
  /** Meta says that there is none. */
  | "absent"
  /** The 7 days of its id are over. */
  | "expired"
  | "too_large"
  /** What came is not what Meta announced, each time. */
  | "sha256_mismatch"
  /** Deleted by the partner, or by its retention. */
  | "partner"
  | "retention"
  /** Its message was erased while it was being fetched. */
  | "erased";

/** A file as its readers know it. */
export interface StoredMedia {
  wamid: string;
  /** Of the message: image, video, audio, document, sticker. */
  type: string;
  state: MediaState;
  declaredType: string | null;
  sha256: string | null;
  filename: string | null;
  mimeType: string | null;
  bytes: number | null;
  reason: string | null;
  storedAt: number | null;
}

/** A file whose turn it is. */
export interface DueMedia extends StoredMedia, MediaCustomer {
  mediaId: string;
  attempts: number;
  refusals: number;
  wantedAt: number;
}

/** Whom its message is from or to. */
export interface MediaCustomer {
  customer: string;
  phone: string | null;
  bsuid: string | null;
}

const COLUMNS = `wamid, type, state, declared_type AS declaredType, sha256, filename,
  mime_type AS mimeType, bytes, reason, stored_at AS storedAt`;

/**
 * The statement that notes files as wanted, from a list of JSON: `?1` the sender. A repeat changes
 * nothing; another id for a file that we do not have is a new chance; what was deleted stays so.
 * Sends of ours have their file at the partner. Answers with each wamid that has become due.
 *
 * @param list arguments of `json_each`
 * @param arrivedAt SQL of the instant from which the 7 days count (epoch ms)
 * @param condition SQL for the elements that count
 */
export function wantMedia(list: string, arrivedAt: string, condition: string): string {
  return `
    INSERT INTO media (sender, wamid, customer, type, state, media_id, declared_type, sha256, filename,
      attempts, refusals, wanted_at, due_at)
    SELECT ?1, value->>'wamid', value->>'customer', value->>'type', 'wanted', value->>'mediaId', value->>'mimeType',
      value->>'sha256', value->>'filename', 0, 0, ${arrivedAt}, ${arrivedAt}
    FROM json_each(${list}) WHERE ${condition}
      AND NOT EXISTS (SELECT 1 FROM messages m
        WHERE m.sender = ?1 AND m.wamid = value->>'wamid' AND m.origin = 'api')
    ON CONFLICT (sender, wamid) DO UPDATE SET state = 'wanted', media_id = excluded.media_id,
      type = excluded.type, declared_type = excluded.declared_type, sha256 = excluded.sha256,
      filename = excluded.filename, attempts = 0, refusals = 0, reason = NULL,
      wanted_at = excluded.wanted_at, due_at = excluded.due_at
    WHERE media.state IN ('wanted', 'unavailable') AND media.media_id != excluded.media_id
    RETURNING wamid AS wanted`;
}

/** The wamids that `wantMedia` answered with, from the results of its batch. */
export function listWanted(results: D1Result[]): string[] {
  return results.flatMap((result) =>
    result.results.flatMap((row) => {
      const { wanted } = row as { wanted?: unknown };
      return typeof wanted === "string" ? [wanted] : [];
    }),
  );
}

/**
 * Takes a file that is due, so that nobody else does: it is due again at `until` (epoch ms), should
 * the taker die. A deleted one is due until its bytes are known to be gone.
 *
 * @returns null when it is not due
 */
export async function claimMedia(
  database: D1Database,
  sender: number,
  wamid: string,
  now: number,
  until: number,
): Promise<DueMedia | null> {
  const [claimed, about] = await database.batch([
    database
      .prepare(
        `UPDATE media SET due_at = ?4, attempts = attempts + 1
         WHERE sender = ?1 AND wamid = ?2 AND due_at <= ?3
         RETURNING ${COLUMNS}, media_id AS mediaId, attempts, refusals, wanted_at AS wantedAt`,
      )
      .bind(sender, wamid, now, until),
    database.prepare(SELECT_CUSTOMERS).bind(sender, JSON.stringify([wamid])),
  ]);
  const [row] = claimed?.results ?? [];
  const [customer] = about?.results ?? [];
  if (row === undefined || customer === undefined) return null;
  return { ...(row as DueMedia), ...(customer as MediaCustomer) };
}

const SELECT_CUSTOMERS = `
  SELECT f.wamid, f.type, f.customer, c.phone, c.bsuid
  FROM media f LEFT JOIN customers c ON c.sender = f.sender AND c.customer = f.customer
  WHERE f.sender = ?1 AND f.wamid IN (SELECT value FROM json_each(?2))`;

/** Whose files these are; what has no row is left out. */
export async function listMediaCustomers(
  database: D1Database,
  sender: number,
  wamids: string[],
): Promise<(MediaCustomer & { wamid: string; type: string })[]> {
  const { results } = await database
    .prepare(SELECT_CUSTOMERS)
    .bind(sender, JSON.stringify(wamids))
    .all<MediaCustomer & { wamid: string; type: string }>();
  return results;
}

/** The file of a message, or null where the message came with none. */
export function findMediaOf(
  database: D1Database,
  sender: number,
  wamid: string,
): Promise<StoredMedia | null> {
  return database
    .prepare(`SELECT ${COLUMNS} FROM media WHERE sender = ?1 AND wamid = ?2`)
    .bind(sender, wamid)
    .first<StoredMedia>();
}

/** Files whose turn came before `before` (epoch ms), the longest due first. */
export async function listDueMedia(
  database: D1Database,
  before: number,
  limit: number,
): Promise<{ sender: number; wamid: string }[]> {
  const { results } = await database
    .prepare(`SELECT sender, wamid FROM media WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2`)
    .bind(before, limit)
    .all<{ sender: number; wamid: string }>();
  return results;
}

/** Wamids of files that were stored before `before` (epoch ms), oldest first. */
export async function listStoredBefore(
  database: D1Database,
  sender: number,
  before: number,
  limit: number,
): Promise<string[]> {
  const { results } = await database
    .prepare(
      `SELECT wamid FROM media WHERE sender = ?1 AND state = 'stored' AND stored_at < ?2
       ORDER BY stored_at LIMIT ?3`,
    )
    .bind(sender, before, limit)
    .all<{ wamid: string }>();
  return results.map((row) => row.wamid);
}

/** What came of a fetched file; only one that is still wanted becomes stored. */
export function markStored(
  database: D1Database,
  sender: number,
  wamid: string,
  file: { mimeType: string; bytes: number; sha256: string | null },
  now: number,
): D1PreparedStatement {
  return database
    .prepare(
      `UPDATE media SET state = 'stored', mime_type = ?3, bytes = ?4, sha256 = ?5, stored_at = ?6,
         reason = NULL, due_at = NULL
       WHERE sender = ?1 AND wamid = ?2 AND state = 'wanted'`,
    )
    .bind(sender, wamid, file.mimeType, file.bytes, file.sha256, now);
}

/** The end of a file that cannot be had. @param mediaId that failed: another may have come since */
export function markUnavailable(
  database: D1Database,
  sender: number,
  wamid: string,
  mediaId: string,
  reason: MediaReason,
): D1PreparedStatement {
  return database
    .prepare(
      `UPDATE media SET state = 'unavailable', reason = ?4, due_at = NULL
       WHERE sender = ?1 AND wamid = ?2 AND media_id = ?3 AND state = 'wanted'`,
    )
    .bind(sender, wamid, mediaId, reason);
}

/** An attempt that brought no file: when the next one is due, and why. */
export async function postponeMedia(
  database: D1Database,
  sender: number,
  media: { wamid: string; mediaId: string; refusals: number },
  reason: string,
  dueAt: number,
): Promise<void> {
  await database
    .prepare(
      `UPDATE media SET due_at = ?4, refusals = ?5, reason = ?6
       WHERE sender = ?1 AND wamid = ?2 AND media_id = ?3 AND state = 'wanted'`,
    )
    .bind(sender, media.wamid, media.mediaId, dueAt, media.refusals, reason)
    .run();
}

/** When a file is to be fetched or deleted next (epoch ms); null: never, or there is none. */
export async function findDueAt(
  database: D1Database,
  sender: number,
  wamid: string,
): Promise<number | null> {
  const row = await database
    .prepare(`SELECT due_at AS dueAt FROM media WHERE sender = ?1 AND wamid = ?2`)
    .bind(sender, wamid)
    .first<{ dueAt: number | null }>();
  return row?.dueAt ?? null;
}

/**
 * Notes that files are to be gone for good. They are due now, so that the sweep ends what is cut
 * short; one that somebody is fetching is due when that must be over.
 */
export function markDeleted(
  database: D1Database,
  sender: number,
  wamids: string[],
  reason: MediaReason,
  now: number,
): D1PreparedStatement {
  return database
    .prepare(
      `UPDATE media SET state = 'deleted', reason = ?3, filename = NULL, stored_at = NULL,
         due_at = max(coalesce(due_at, ?4), ?4)
       WHERE sender = ?1 AND wamid IN (SELECT value FROM json_each(?2)) AND state != 'deleted'`,
    )
    .bind(sender, JSON.stringify(wamids), reason, now);
}

/**
 * The archive has deleted files no more.
 *
 * @param dueBy those that are due later (epoch ms) may still be on their way into it
 */
export async function endDeletion(
  database: D1Database,
  sender: number,
  wamids: string[],
  dueBy = Number.MAX_SAFE_INTEGER,
): Promise<void> {
  await database
    .prepare(
      `UPDATE media SET due_at = NULL WHERE sender = ?1 AND state = 'deleted' AND due_at <= ?3
         AND wamid IN (SELECT value FROM json_each(?2))`,
    )
    .bind(sender, JSON.stringify(wamids), dueBy)
    .run();
}
