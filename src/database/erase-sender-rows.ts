import { shardTables } from "./sender-tables.ts";
import type { SenderTable } from "./sender-tables.ts";

const ROWS_AT_ONCE = 500;

/** Tables whose rows go with their sender. */
export const ERASED_TABLES = shardTables(({ erasing }) => erasing === "rows");

/** A batch with this fence or a lower one writes nothing: the highest that a number can hold. */
export const SHUT = Number.MAX_SAFE_INTEGER;

/**
 * Takes the number out of a sender's row: from now on nobody finds it by one, and a new onboarding of
 * the number makes another sender. The row stays as what its usage and audit belong to.
 */
export async function blankSender(registry: D1Database, key: number, now: number): Promise<void> {
  await registry.batch([
    registry
      .prepare(
        `UPDATE senders SET phone_number_id = 'erased:' || key, display_phone_number = '',
           verified_name = NULL, state = 'disconnected', state_reason = 'erased',
           state_at = ?2, blocked = NULL, blocked_at = NULL, held = NULL,
           superseded_at = coalesce(superseded_at, ?2), erased_at = ?2
         WHERE key = ?1 AND erased_at IS NULL`,
      )
      .bind(key, now),
    // What was left of its customers' erasures is done by its own.
    registry
      .prepare(
        `UPDATE erasures SET state = 'done', names = NULL, waits_for = NULL, due_at = NULL,
           ended_at = ?2
         WHERE sender = ?1 AND kind = 'customer' AND state = 'running'`,
      )
      .bind(key, now),
  ]);
}

/** Whether the number of an erased sender is somebody else's, and up to when (epoch ms) it was its. */
export async function readSuccession(
  registry: D1Database,
  key: number,
  senderId: string,
): Promise<{ before: number; isAwaited: boolean; others: number[] }> {
  const row = await registry
    .prepare(
      `SELECT superseded_at AS before, EXISTS (SELECT 1 FROM signup_sessions
           WHERE token IS NOT NULL AND kind = 'connect' AND (phone_number_id = ?2
             OR EXISTS (SELECT 1 FROM json_each(candidates) c
               WHERE c.value->>'phoneNumberId' = ?2))) AS awaited,
         (SELECT json_group_array(s.key) FROM senders s WHERE s.phone_number_id = ?2) AS others
       FROM senders WHERE key = ?1`,
    )
    .bind(key, senderId)
    .first<{ before: number | null; awaited: number; others: string }>();
  const others = JSON.parse(row?.others ?? "[]") as number[];
  return { before: row?.before ?? 0, isAwaited: row?.awaited === 1, others };
}

/** Whatever is still on its way to this shard for a sender finds the door shut. */
export async function shutSender(database: D1Database, sender: number): Promise<void> {
  await database
    .prepare(
      `INSERT INTO heads (sender, fence, seq) VALUES (?1, ?2, 0)
       ON CONFLICT (sender) DO UPDATE SET fence = excluded.fence`,
    )
    .bind(sender, SHUT)
    .run();
}

/** Deletes some of a sender's rows of a table. @returns how many, and whether that was all */
export async function deleteRows(
  database: D1Database,
  { name, sender: column, key }: SenderTable,
  sender: number,
): Promise<{ deleted: number; isAll: boolean }> {
  const columns = key.join(", ");
  const theirs =
    key.length === 0
      ? `${column} = ?1`
      : `${column} = ?1 AND (${columns}) IN (SELECT ${columns} FROM ${name}
           WHERE ${column} = ?1 LIMIT ${ROWS_AT_ONCE})`;
  const { meta } = await database.prepare(`DELETE FROM ${name} WHERE ${theirs}`).bind(sender).run();
  return { deleted: meta.changes, isAll: meta.changes < ROWS_AT_ONCE };
}

/** What the registry has of a sender beside its row. @returns how many rows, by table */
export async function deleteOfRegistry(
  registry: D1Database,
  sender: { key: number; partner: string; senderId: string },
): Promise<Record<string, number>> {
  const { key, partner, senderId } = sender;
  const prepare = (sql: string, ...values: (string | number)[]) =>
    registry.prepare(sql).bind(...values);
  const statements: [table: string, statement: D1PreparedStatement][] = [
    ["dead_letters", prepare(`DELETE FROM dead_letters WHERE sender = ?1`, key)],
    ["outgoing_media", prepare(`DELETE FROM outgoing_media WHERE sender = ?1`, key)],
    [
      "signup_sessions",
      prepare(
        `DELETE FROM signup_sessions WHERE partner = ?1 AND phone_number_id = ?2 AND created_at <=
           (SELECT until FROM erasures WHERE sender = ?3 AND kind = 'sender' LIMIT 1)
           AND (token IS NULL OR kind != 'connect')`, // one under way connects it anew
        partner,
        senderId,
        key,
      ),
    ],
    [
      "datasets",
      prepare(
        `DELETE FROM datasets WHERE partner = ?1
           AND waba_id = (SELECT waba_id FROM senders WHERE key = ?2)
           AND NOT EXISTS (SELECT 1 FROM senders s WHERE s.partner = ?1
             AND s.waba_id = datasets.waba_id AND s.key != ?2)`,
        partner,
        key,
      ),
    ],
    // Credit that is not taken back yet can only be by the account's id.
    [
      "senders",
      prepare(
        `UPDATE senders SET waba_id = iif(allocation_config_id IS NULL, '', waba_id) WHERE key = ?1`,
        key,
      ),
    ],
  ];
  const results = await registry.batch(statements.map(([, statement]) => statement));
  return Object.fromEntries(
    statements.map(([table], index) => [table, results[index]?.meta.changes ?? 0]),
  );
}
