import { keepReferral } from "./ad-click.ts";

/*
 * Edits and revokes name their message by a wamid that may not be the one it is stored under
 * (protocol.md 6, row 1). The exact wamid counts; else the only message of the same customer, of the
 * time in which Meta lets one be changed, that shares the token. A change that finds none makes a
 * hidden stub under its own wamid, and is kept loose: a message that comes later looks for it.
 */

/** Edits come within 15 minutes, revokes within 2 days (protocol.md 2.6); clocks differ. */
const BACK_MS = 3 * 86_400_000;
const AHEAD_MS = 3_600_000;

/** SQL expressions of a change. */
interface ChangeSql {
  wamid: string;
  customer: string;
  at: string;
  /** JSON list, or NULL (meta/wamid-token.ts). */
  patterns: string;
}

/** SQL: the surviving key of the customer that `key` names. */
export function canonicalKey(key: string): string {
  return `coalesce((SELECT k.customer FROM customer_keys k WHERE k.sender = ?1 AND k.alias = ${key}),
    ${key})`;
}

/** SQL: every key that messages of a customer may have been written with. */
export function keysOf(key: string): string {
  return `(SELECT ${key} AS key UNION SELECT ${canonicalKey(key)}
    UNION SELECT n.alias FROM customer_keys n
      WHERE n.sender = ?1 AND n.customer = ${canonicalKey(key)})`;
}

/** SQL: whether a wamid holds one of the patterns, each an expression. */
export function holdsToken(wamid: string, patterns: readonly string[]): string {
  return `(${patterns.map((pattern) => `instr(${wamid}, ${pattern}) > 0`).join(" OR ")})`;
}

function targetOf({ wamid, customer, at, patterns }: ChangeSql): string {
  const pieces = [0, 1, 2].map((place) => `${patterns}->>${place}`);
  return `CASE WHEN ${patterns} IS NULL OR EXISTS (SELECT 1 FROM messages e
      WHERE e.sender = ?1 AND e.wamid = ${wamid} AND e.type IS NOT NULL) THEN ${wamid}
    ELSE coalesce((SELECT iif(count(*) = 1, min(m.wamid), NULL)
      FROM messages m INDEXED BY messages_conversation
      WHERE m.sender = ?1 AND m.customer IN ${keysOf(customer)}
        AND m.at BETWEEN ${at} - ${BACK_MS} AND ${at} + ${AHEAD_MS}
        AND ${holdsToken("m.wamid", pieces)} AND m.type IS NOT NULL), ${wamid}) END`;
}

const TOLD: ChangeSql = {
  wamid: `value->>'wamid'`,
  customer: `value->>'customer'`,
  at: `value->>'at'`,
  patterns: `value->'patterns'`,
};

/**
 * The statements that store changes: on their message, or on a stub for it.
 *
 * @param source SQL after FROM that gives the rows as `value`, with its WHERE
 */
export function storeChanges(source: string): string[] {
  return [
    `INSERT INTO messages (sender, wamid, customer, at, body, edited_at, revoked_at)
     SELECT ?1, ${targetOf(TOLD)}, value->>'customer', value->>'at', value->'body',
       value->>'editedAt', value->>'revokedAt'
     FROM ${source}
     ON CONFLICT (sender, wamid) DO UPDATE SET
       body = ${keepReferral(
         `iif(excluded.edited_at > coalesce(messages.edited_at, 0),
           coalesce(excluded.body, messages.body), messages.body)`,
         "messages.body",
         "excluded.body",
       )},
       edited_at = nullif(max(coalesce(messages.edited_at, 0), coalesce(excluded.edited_at, 0)), 0),
       revoked_at = coalesce(messages.revoked_at, excluded.revoked_at)
     WHERE excluded.edited_at > coalesce(messages.edited_at, 0)
       OR (excluded.revoked_at IS NOT NULL AND messages.revoked_at IS NULL)`,
    // What is still a stub by now has its message under another wamid, or none yet.
    `INSERT INTO loose_changes (sender, wamid, customer, at, patterns, noted_at)
     SELECT ?1, value->>'wamid', value->>'customer', value->>'at', value->'patterns',
       unixepoch() * 1000
     FROM ${source} AND value->'patterns' IS NOT NULL
       AND EXISTS (SELECT 1 FROM messages s WHERE s.sender = ?1 AND s.wamid = value->>'wamid'
         AND s.type IS NULL AND coalesce(s.edited_at, s.revoked_at) IS NOT NULL)
     ON CONFLICT DO NOTHING`,
  ];
}

/**
 * Says in the events of changes which message they are about; Meta's own id stays beside it. Goes
 * behind `storeChanges`, whose rows it reads: each with the id of its `event`. Only in those that
 * this batch appends (append-events.ts): what was told before stays as it was told.
 */
export function nameTargets(source: string): string {
  return `UPDATE events SET data = json_set(data, '$.wamid', t.target, '$.original_message_id', t.told)
    FROM (SELECT value->>'event' AS event, value->>'wamid' AS told, ${targetOf(TOLD)} AS target
      FROM ${source} AND value->'patterns' IS NOT NULL) t
    WHERE events.id = t.event AND t.target != t.told AND events.data->>'$.wamid' = t.told
      AND events.pos > (SELECT p.pos FROM positions p WHERE p.partner = events.partner)`;
}

/** SQL: whether a loose change `l` is one of a batch's customers'. */
function awaits(customers: string): string {
  return `l.sender = ?1 AND ${canonicalKey("l.customer")} IN (
      SELECT ${canonicalKey("value")} FROM ${customers})`;
}

/**
 * The statement that says whether messages may take what came loose before them: with a row, which
 * `areLooseChanges` finds. It goes behind the messages, in their batch: a change that is written
 * later finds them by itself.
 *
 * @param customers SQL after FROM that gives the keys of the batch's customers as `value`
 */
export function seekLooseChanges(customers: string): string {
  return `SELECT 1 AS loose FROM loose_changes l WHERE ${awaits(customers)} LIMIT 1`;
}

/** Whether `seekLooseChanges` found any, from the results of its batch. */
export function areLooseChanges(results: D1Result[]): boolean {
  return results.some(({ results: rows }) => (rows as { loose?: 1 }[])[0]?.loose === 1);
}

/**
 * The statements by which messages take what came loose before them. They go behind the messages,
 * and may run again.
 *
 * @param customers SQL after FROM that gives the keys of the batch's customers as `value`
 */
export function takeLooseChanges(customers: string): string[] {
  const target = targetOf({
    wamid: "l.wamid",
    customer: "l.customer",
    at: "l.at",
    patterns: "l.patterns",
  });
  const found = `SELECT * FROM (SELECT l.wamid AS loose, ${target} AS target FROM loose_changes l
    WHERE ${awaits(customers)})`;
  const elsewhere = `${found} WHERE target != loose`;
  return [
    `UPDATE messages SET
       body = ${keepReferral(
         `iif(s.edited_at > coalesce(messages.edited_at, 0), coalesce(s.body, messages.body),
           messages.body)`,
         "messages.body",
         "s.body",
       )},
       edited_at = nullif(max(coalesce(messages.edited_at, 0), coalesce(s.edited_at, 0)), 0),
       revoked_at = coalesce(messages.revoked_at, s.revoked_at)
     FROM (${elsewhere}) f JOIN messages s ON s.sender = ?1 AND s.wamid = f.loose
     WHERE messages.sender = ?1 AND messages.wamid = f.target`,
    // A status may have come under that wamid too: then its row stays, hidden.
    `DELETE FROM messages WHERE sender = ?1 AND type IS NULL AND status IS NULL
       AND wamid IN (SELECT loose FROM (${elsewhere}))`,
    `DELETE FROM loose_changes WHERE sender = ?1 AND (
       wamid IN (SELECT loose FROM (${elsewhere}))
       OR EXISTS (SELECT 1 FROM messages m WHERE m.sender = ?1 AND m.wamid = loose_changes.wamid
         AND m.type IS NOT NULL))`,
  ];
}
