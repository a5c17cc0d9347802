/** A connected business number, as the registry knows it. */
export interface Sender {
  key: number;
  partner: string;
  phoneNumberId: string;
  wabaId: string;
  displayPhoneNumber: string;
  verifiedName: string | null;
  timezone: string;
  shard: string;
  state: string;
  stateReason: string | null;
  stateAt: number;
  generation: number;
  broughtBy: "signup" | "import";
  /** Places a second. */
  mps: number;
  /** What blocks it at Meta, as JSON; null while nothing does. */
  blocked: string | null;
  /** The operator's hold of its sends, as JSON. */
  held: string | null;
  /** The move to another shard that it is on; null for nearly all. */
  move: string | null;
  createdAt: number;
}

export const SENDER_COLUMNS = `key, partner, phone_number_id AS phoneNumberId, waba_id AS wabaId,
  display_phone_number AS displayPhoneNumber, verified_name AS verifiedName, timezone, shard,
  state, state_reason AS stateReason, state_at AS stateAt, generation, brought_by AS broughtBy,
  mps, blocked, held, move, created_at AS createdAt`;

/** The sender with this public id, if it is this partner's; one that was erased has none. */
export function findSender(
  registry: D1Database,
  partner: string,
  phoneNumberId: string,
): Promise<Sender | null> {
  return registry
    .prepare(
      `SELECT ${SENDER_COLUMNS} FROM senders
       WHERE phone_number_id = ?1 AND partner = ?2 AND erased_at IS NULL`,
    )
    .bind(phoneNumberId, partner)
    .first<Sender>();
}

/** Whoever holds the number now. */
export function findCurrentSender(
  registry: D1Database,
  phoneNumberId: string,
): Promise<Sender | null> {
  return registry
    .prepare(
      `SELECT ${SENDER_COLUMNS} FROM senders WHERE phone_number_id = ?1 AND superseded_at IS NULL`,
    )
    .bind(phoneNumberId)
    .first<Sender>();
}

export function findSenderByKey(registry: D1Database, key: number): Promise<Sender | null> {
  return registry
    .prepare(`SELECT ${SENDER_COLUMNS} FROM senders WHERE key = ?1`)
    .bind(key)
    .first<Sender>();
}

/** Keys of the senders, one for each partner that held the number, by its id or by a key of ours. */
export async function listSenderKeys(registry: D1Database, named: string): Promise<number[]> {
  const { results } = await registry
    .prepare(
      `SELECT key FROM senders WHERE phone_number_id = ?1
       UNION SELECT key FROM senders WHERE key = CAST(?1 AS INTEGER)`,
    )
    .bind(named)
    .all<{ key: number }>();
  return results.map(({ key }) => key);
}

export async function listSenders(registry: D1Database, partner: string): Promise<Sender[]> {
  const { results } = await registry
    .prepare(`SELECT ${SENDER_COLUMNS} FROM senders
       WHERE partner = ?1 AND erased_at IS NULL ORDER BY key`)
    .bind(partner)
    .all<Sender>();
  return results;
}

/** The numbers that an account webhook is about. */
export async function listNumbers(
  registry: D1Database,
  by: { waba: string } | { display: string },
): Promise<string[]> {
  const [column, value] =
    "waba" in by
      ? (["waba_id", by.waba] as const)
      : (["display_phone_number", by.display] as const);
  const { results } = await registry
    .prepare(
      `SELECT phone_number_id AS number FROM senders
       WHERE ${column} = ?1 AND superseded_at IS NULL`,
    )
    .bind(value)
    .all<{ number: string }>();
  return results.map((row) => row.number);
}

/** Which of these numbers are anybody's. */
export async function listKnown(
  registry: D1Database,
  numbers: readonly string[],
): Promise<Set<string>> {
  const { results } = await registry
    .prepare(
      `SELECT DISTINCT phone_number_id AS number FROM senders
       WHERE phone_number_id IN (SELECT value FROM json_each(?1)) AND superseded_at IS NULL`,
    )
    .bind(JSON.stringify(numbers))
    .all<{ number: string }>();
  return new Set(results.map((row) => row.number));
}

/** Senders the sweep visits, by key, so that a visit can go on where the last one ended. */
export async function listConnected(
  registry: D1Database,
  afterKey: number,
  limit: number,
): Promise<Sender[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${SENDER_COLUMNS} FROM senders
       WHERE key > ?1 AND superseded_at IS NULL AND state != 'disconnected' ORDER BY key LIMIT ?2`,
    )
    .bind(afterKey, limit)
    .all<Sender>();
  return results;
}

/** Senders whose connection is in doubt, by key, so that a sweep can go on where it ended. */
export async function listVerifying(
  registry: D1Database,
  afterKey: number,
  limit: number,
): Promise<Sender[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${SENDER_COLUMNS} FROM senders
       WHERE key > ?1 AND state = 'verifying' AND superseded_at IS NULL ORDER BY key LIMIT ?2`,
    )
    .bind(afterKey, limit)
    .all<Sender>();
  return results;
}

/** How many senders are connected. */
export async function countConnected(registry: D1Database): Promise<number> {
  const row = await registry
    .prepare(
      `SELECT count(*) AS count FROM senders
       WHERE superseded_at IS NULL AND state != 'disconnected'`,
    )
    .first<{ count: number }>();
  return row?.count ?? 0;
}

/** Connected senders, not in doubt, that have been as they are since `before`; by key. */
export async function listCheckable(
  registry: D1Database,
  before: number,
  afterKey: number,
  limit: number,
): Promise<Sender[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${SENDER_COLUMNS} FROM senders
       WHERE key > ?1 AND superseded_at IS NULL AND state IN ('active', 'paused') AND state_at <= ?2
       ORDER BY key LIMIT ?3`,
    )
    .bind(afterKey, before, limit)
    .all<Sender>();
  return results;
}

/** Whether another number of the same account is connected, through whichever partner. */
export function hasConnectedSibling(
  registry: D1Database,
  { key, wabaId }: Pick<Sender, "key" | "wabaId">,
): Promise<boolean> {
  return hasConnectedNumber(registry, wabaId, key);
}

/** Whether an account has a connected number, whoever's. @param except a sender that does not count */
export async function hasConnectedNumber(
  registry: D1Database,
  wabaId: string,
  except = 0,
): Promise<boolean> {
  const row = await registry
    .prepare(
      `SELECT 1 FROM senders WHERE waba_id = ?1 AND key != ?2
         AND superseded_at IS NULL AND state != 'disconnected' LIMIT 1`,
    )
    .bind(wabaId, except)
    .first();
  return row !== null;
}

/**
 * Disconnected senders whose credit was not taken back yet, and that nobody else lives on. One that
 * is being connected anew has a later generation than its end, and new credit.
 */
export async function listOwedCredit(
  registry: D1Database,
  afterKey: number,
  limit: number,
): Promise<Sender[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${SENDER_COLUMNS} FROM senders
       WHERE key > ?1 AND state = 'disconnected' AND allocation_config_id IS NOT NULL
         AND (superseded_at IS NOT NULL OR generation <= state_at)
         AND NOT EXISTS (SELECT 1 FROM senders other WHERE other.waba_id = senders.waba_id
           AND other.superseded_at IS NULL AND other.state != 'disconnected')
       ORDER BY key LIMIT ?2`,
    )
    .bind(afterKey, limit)
    .all<Sender>();
  return results;
}

/** Senders whom Meta lets nothing through, by key, so that a sweep can go on where it ended. */
export async function listBlocked(
  registry: D1Database,
  afterKey: number,
  limit: number,
): Promise<Sender[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${SENDER_COLUMNS} FROM senders
       WHERE key > ?1 AND blocked IS NOT NULL AND superseded_at IS NULL AND state != 'disconnected'
       ORDER BY key LIMIT ?2`,
    )
    .bind(afterKey, limit)
    .all<Sender>();
  return results;
}

/** The sender with this id that the partner holds now, connected or not. */
export async function findHeldSender(
  registry: D1Database,
  partner: string,
  phoneNumberId: string,
): Promise<Sender | null> {
  return registry
    .prepare(
      `SELECT ${SENDER_COLUMNS} FROM senders
       WHERE phone_number_id = ?1 AND partner = ?2 AND superseded_at IS NULL`,
    )
    .bind(phoneNumberId, partner)
    .first<Sender>();
}

/** A partner's connected senders, of one account or some numbers; the most recently changed first. */
export async function listConnectedOf(
  registry: D1Database,
  partner: string,
  options: { waba?: string; senders?: readonly string[] | null; limit: number },
): Promise<Sender[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${SENDER_COLUMNS} FROM senders
       WHERE partner = ?1 AND (?3 IS NULL OR waba_id = ?3)
         AND (?4 IS NULL OR phone_number_id IN (SELECT value FROM json_each(?4)))
         AND superseded_at IS NULL AND state != 'disconnected'
       ORDER BY state_at DESC, key DESC LIMIT ?2`,
    )
    .bind(
      partner,
      options.limit,
      options.waba ?? null,
      options.senders == null ? null : JSON.stringify(options.senders),
    )
    .all<Sender>();
  return results;
}

/** Notes, or ends, an operator's hold of a sender's sends. */
export async function saveHold(
  registry: D1Database,
  key: number,
  hold: object | null,
): Promise<void> {
  await registry
    .prepare(`UPDATE senders SET held = ?2 WHERE key = ?1`)
    .bind(key, hold === null ? null : JSON.stringify(hold))
    .run();
}

/** Another pace for a sender. @param mps places a second, 1 to 20 */
export async function savePace(registry: D1Database, key: number, mps: number): Promise<void> {
  await registry.prepare(`UPDATE senders SET mps = ?2 WHERE key = ?1`).bind(key, mps).run();
}

/** Which of these numbers are connected through another partner. */
export async function listHeldByOthers(
  registry: D1Database,
  partner: string,
  phoneNumberIds: string[],
): Promise<Set<string>> {
  const { results } = await registry
    .prepare(
      `SELECT phone_number_id AS number FROM senders
       WHERE phone_number_id IN (SELECT value FROM json_each(?1)) AND partner != ?2
         AND superseded_at IS NULL AND state != 'disconnected'`,
    )
    .bind(JSON.stringify(phoneNumberIds), partner)
    .all<{ number: string }>();
  return new Set(results.map((row) => row.number));
}

export interface NewSender {
  partner: string;
  phoneNumberId: string;
  wabaId: string;
  displayPhoneNumber: string;
  verifiedName: string | null;
  timezone: string;
  generation: number;
  broughtBy: "signup" | "import";
}

/**
 * Registers a sender, or a new generation of one this partner has. A number that another partner
 * held is superseded there: its old rows stay with the old partner, the new one starts empty. The
 * state of a known one is the object's to say.
 *
 * @param shards where a new sender may go: to the one of them that holds the fewest
 */
export async function saveSender(
  registry: D1Database,
  sender: NewSender,
  shards: readonly string[],
  now: number,
): Promise<Sender> {
  const [, saved] = await registry.batch<Sender>([
    registry
      .prepare(
        `UPDATE senders SET superseded_at = ?3, state = 'disconnected'
         WHERE phone_number_id = ?1 AND partner != ?2 AND superseded_at IS NULL
           AND EXISTS (SELECT 1 FROM partners WHERE id = ?2)`,
      )
      .bind(sender.phoneNumberId, sender.partner, now),
    registry
      .prepare(
        `INSERT INTO senders (partner, phone_number_id, waba_id, display_phone_number,
           verified_name, timezone, shard, state, state_at, generation, brought_by, created_at)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6,
           (SELECT value FROM json_each(?10)
            ORDER BY (SELECT count(*) FROM senders s WHERE s.shard = value), key LIMIT 1),
           'active', ?7, ?7, ?8, ?9
         WHERE EXISTS (SELECT 1 FROM partners WHERE id = ?1)
         ON CONFLICT (phone_number_id, partner) DO UPDATE SET waba_id = excluded.waba_id,
           display_phone_number = excluded.display_phone_number,
           verified_name = excluded.verified_name, timezone = excluded.timezone,
           generation = excluded.generation, brought_by = excluded.brought_by,
           -- One that comes back is blocked by what is seen from now on, not by what was then.
           blocked = CASE WHEN superseded_at IS NULL THEN blocked END,
           held = CASE WHEN superseded_at IS NULL THEN held END,
           superseded_at = NULL
         RETURNING ${SENDER_COLUMNS}`,
      )
      .bind(
        sender.partner,
        sender.phoneNumberId,
        sender.wabaId,
        sender.displayPhoneNumber,
        sender.verifiedName,
        sender.timezone,
        sender.generation,
        sender.broughtBy,
        now,
        JSON.stringify(shards),
      ),
  ]);
  const [row] = saved?.results ?? [];
  if (row === undefined) throw new Error("There is no such partner any more.");
  return row;
}
