import { COUNT_USAGE, STORE_STATUSES } from "./store-statuses.ts";
import type { StatusRow } from "./store-statuses.ts";

/*
 * The statements of a flush: one per kind, each from one JSON parameter however many rows (D1
 * binds at most 100 values a statement). Every row carries its journal number `n`; what is at or
 * below the sender's fence was written before, by this instance of the object or a dead one.
 */
const NEW = `value->>'n' > (SELECT fence FROM heads WHERE sender = ?1)`;

export interface MessageRow {
  n: number;
  wamid: string;
  customer: string;
  at: number;
  type: string;
  direction: "inbound" | "outbound";
  origin: "customer" | "app" | "api" | "responder";
  historical: 0 | 1;
  body: unknown;
  send?: string;
  callback?: string;
}

export interface ChangeRow {
  n: number;
  wamid: string;
  customer: string;
  at: number;
  editedAt?: number;
  revokedAt?: number;
  body?: unknown;
}

export interface CustomerRow {
  n: number;
  customer: string;
  phone?: string;
  bsuid?: string;
  name?: string;
  username?: string;
}

export interface AliasRow {
  n: number;
  alias: string;
  customer: string;
}

export interface ContactRow {
  n: number;
  customer: string;
  fullName?: string;
  firstName?: string;
  phone?: string;
  bsuid?: string;
  username?: string;
  removed: 0 | 1;
  at: number;
}

export interface ConversationRow {
  n: number;
  customer: string;
  at: number;
  wamid: string;
  humanReplyAt?: number;
}

export interface UnroutedRow {
  n: number;
  id: string;
  field: string;
  reason: string;
  raw: string;
  at: number;
}

/** Rows of a flush by kind. */
export interface FactRows {
  messages: MessageRow[];
  statuses: StatusRow[];
  changes: ChangeRow[];
  customers: CustomerRow[];
  aliases: AliasRow[];
  contacts: ContactRow[];
  conversations: ConversationRow[];
  unrouted: UnroutedRow[];
}

const STATEMENTS: Record<keyof FactRows, string | readonly string[]> = {
  // A live row wins over a stub and over history; a send of ours wins over its own echo; content
  // that comes after all wins over the placeholder for it.
  messages: `
    INSERT INTO messages (sender, wamid, customer, at, type, direction, origin, historical, body,
      send, callback)
    SELECT ?1, value->>'wamid', value->>'customer', value->>'at', value->>'type',
      value->>'direction', value->>'origin', value->>'historical', value->'body',
      value->>'send', value->>'callback'
    FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT (sender, wamid) DO UPDATE SET customer = excluded.customer, at = excluded.at,
      type = excluded.type, direction = excluded.direction, origin = excluded.origin,
      historical = excluded.historical,
      body = CASE WHEN messages.edited_at IS NULL THEN excluded.body ELSE messages.body END,
      send = excluded.send, callback = excluded.callback
    WHERE messages.type IS NULL OR (messages.historical = 1 AND excluded.historical = 0)
      OR (messages.type IN ('media_placeholder', 'unsupported')
        AND excluded.type NOT IN ('media_placeholder', 'unsupported'))
      OR (excluded.origin = 'api' AND messages.origin IN ('app', 'responder'))`,
  statuses: [COUNT_USAGE, STORE_STATUSES],
  changes: `
    INSERT INTO messages (sender, wamid, customer, at, body, edited_at, revoked_at)
    SELECT ?1, value->>'wamid', value->>'customer', value->>'at', value->'body',
      value->>'editedAt', value->>'revokedAt'
    FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT (sender, wamid) DO UPDATE SET
      body = coalesce(excluded.body, messages.body),
      edited_at = coalesce(excluded.edited_at, messages.edited_at),
      revoked_at = coalesce(messages.revoked_at, excluded.revoked_at)
    WHERE excluded.edited_at > coalesce(messages.edited_at, 0)
      OR (excluded.revoked_at IS NOT NULL AND messages.revoked_at IS NULL)`,
  customers: `
    INSERT INTO customers (sender, customer, phone, bsuid, name, username)
    SELECT ?1, value->>'customer', value->>'phone', value->>'bsuid', value->>'name',
      value->>'username'
    FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT (sender, customer) DO UPDATE SET
      phone = coalesce(excluded.phone, customers.phone),
      bsuid = coalesce(excluded.bsuid, customers.bsuid),
      name = coalesce(excluded.name, customers.name),
      username = coalesce(excluded.username, customers.username)
    WHERE coalesce(excluded.phone, customers.phone) IS NOT customers.phone
      OR coalesce(excluded.bsuid, customers.bsuid) IS NOT customers.bsuid
      OR coalesce(excluded.name, customers.name) IS NOT customers.name
      OR coalesce(excluded.username, customers.username) IS NOT customers.username`,
  aliases: `
    INSERT INTO customer_keys (sender, alias, customer)
    SELECT ?1, value->>'alias', value->>'customer' FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT (sender, alias) DO UPDATE SET customer = excluded.customer
    WHERE customer_keys.customer != excluded.customer`,
  // The newest change of a contact wins, in whatever order they come; an edit comes as an add. Of two
  // in one second the later one wins if it adds or removes.
  contacts: `
    INSERT INTO contacts (sender, customer, full_name, first_name, phone, bsuid, username, removed,
      at)
    SELECT ?1, value->>'customer', value->>'fullName', value->>'firstName', value->>'phone',
      value->>'bsuid', value->>'username', value->>'removed', value->>'at'
    FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT (sender, customer) DO UPDATE SET
      full_name = coalesce(excluded.full_name, contacts.full_name),
      first_name = coalesce(excluded.first_name, contacts.first_name),
      phone = coalesce(excluded.phone, contacts.phone),
      bsuid = coalesce(excluded.bsuid, contacts.bsuid),
      username = coalesce(excluded.username, contacts.username),
      removed = excluded.removed, at = excluded.at
    WHERE excluded.at > contacts.at
      OR (excluded.at = contacts.at AND excluded.removed != contacts.removed)`,
  conversations: `
    INSERT INTO conversations (sender, customer, last_at, last_wamid, live_at,
      last_human_reply_at)
    SELECT ?1, value->>'customer', value->>'at', value->>'wamid', value->>'at',
      value->>'humanReplyAt'
    FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT (sender, customer) DO UPDATE SET
      last_wamid = CASE WHEN excluded.last_at >= conversations.last_at
        THEN excluded.last_wamid ELSE conversations.last_wamid END,
      last_at = max(conversations.last_at, excluded.last_at),
      live_at = max(coalesce(conversations.live_at, 0), excluded.live_at),
      last_human_reply_at = nullif(max(coalesce(conversations.last_human_reply_at, 0),
        coalesce(excluded.last_human_reply_at, 0)), 0)`,
  unrouted: `
    INSERT INTO unrouted (id, sender, field, reason, raw, at)
    SELECT ?1 || ':' || (value->>'id'), ?1, value->>'field', value->>'reason', value->>'raw', value->>'at'
    FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT DO NOTHING`,
};

/** The statements that store a flush's rows; kinds without rows are left out. */
export function storeFacts(
  database: D1Database,
  sender: number,
  rows: FactRows,
): D1PreparedStatement[] {
  // Messages before statuses and changes: a stub is for what comes without its message.
  return (Object.keys(STATEMENTS) as (keyof FactRows)[])
    .filter((kind) => rows[kind].length > 0)
    .flatMap((kind) =>
      [STATEMENTS[kind]]
        .flat()
        .map((statement) => database.prepare(statement).bind(sender, JSON.stringify(rows[kind]))),
    );
}
