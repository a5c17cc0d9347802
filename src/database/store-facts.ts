import { keepReferral } from "./ad-click.ts";
import { nameTargets, seekLooseChanges, storeChanges, takeLooseChanges } from "./link-changes.ts";
import { IS_NEWER_PREFERENCE, MERGE_CUSTOMERS } from "./merge-customers.ts";
import { COUNT_USAGE, STORE_STATUSES } from "./store-statuses.ts";
import { wantMedia } from "./media.ts";
import { FILLS_PLACEHOLDER, WAS_PLACEHOLDER } from "./placeholders.ts";
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

export interface MediaRow {
  n: number;
  wamid: string;
  customer: string;
  /** The message's. */
  type: string;
  mediaId: string;
  mimeType?: string;
  sha256?: string;
  filename?: string;
  /** When Meta told of it (epoch ms). */
  arrivedAt: number;
}

export interface ChangeRow {
  n: number;
  wamid: string;
  customer: string;
  at: number;
  editedAt?: number;
  revokedAt?: number;
  body?: unknown;
  /** What all wamids of the message share (meta/wamid-token.ts), where its own can be read. */
  patterns?: readonly string[];
  /** The id of the event that tells it. */
  event: string;
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
  /** The number in the customer's key, where that is one. */
  phone?: string;
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
  /** Echoes among the batch's messages: those that are no send of ours are the owner's replies. */
  echoes: { wamid: string; at: number }[];
}

export interface NoticeRow {
  n: number;
  /** The id of the event that tells it. */
  id: string;
  at: number;
  field: string;
  data: object;
}

export interface PreferenceRow {
  n: number;
  customer: string;
  category: string;
  value: string;
  at: number;
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
  media: MediaRow[];
  statuses: StatusRow[];
  changes: ChangeRow[];
  customers: CustomerRow[];
  aliases: AliasRow[];
  contacts: ContactRow[];
  conversations: ConversationRow[];
  notices: NoticeRow[];
  preferences: PreferenceRow[];
  unrouted: UnroutedRow[];
}

/** In the order in which they run. */
const STATEMENTS: Record<keyof FactRows | "looseChanges" | "merges", string | readonly string[]> = {
  // First, since whose message a change is about is asked by all names.
  aliases: `
    INSERT INTO customer_keys (sender, alias, customer)
    SELECT ?1, value->>'alias', value->>'customer' FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT (sender, alias) DO UPDATE SET customer = excluded.customer
    WHERE customer_keys.customer != excluded.customer`,
  // A live row wins over a stub and over history, a placeholder only over another; a send of ours
  // wins over its own echo; content that comes after all wins over the placeholder for it.
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
      body = ${keepReferral(
        `CASE WHEN messages.edited_at IS NOT NULL THEN messages.body
          WHEN excluded.body->'context' IS NULL AND messages.body->'context' IS NOT NULL
            THEN json_set(excluded.body, '$.context', messages.body->'context')
          ELSE excluded.body END`,
        "excluded.body",
        "messages.body",
      )},
      send = excluded.send, callback = excluded.callback
    WHERE messages.type IS NULL OR (messages.historical = 1 AND excluded.historical = 0
        AND (excluded.type != 'unsupported' OR ${WAS_PLACEHOLDER}))
      OR ${FILLS_PLACEHOLDER}
      OR (excluded.origin = 'api' AND messages.origin IN ('app', 'responder'))`,
  media: wantMedia("?2", "value->>'arrivedAt'", NEW),
  statuses: [COUNT_USAGE, STORE_STATUSES],
  looseChanges: seekLooseChanges(`json_each(?2)`),
  changes: [
    ...storeChanges(`json_each(?2) WHERE ${NEW}`),
    nameTargets(`json_each(?2) WHERE ${NEW}`),
  ],
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
  // The newest change of a contact wins, in whatever order they come; an edit comes as an add. Of two
  // in one second the later one wins if it adds or removes.
  contacts: `
    INSERT INTO contacts (sender, customer, full_name, first_name, named_at, phone, bsuid, username,
      removed, at)
    SELECT ?1, value->>'customer', value->>'fullName', value->>'firstName',
      iif(coalesce(value->>'fullName', value->>'firstName') IS NULL, NULL, value->>'at'),
      value->>'phone', value->>'bsuid', value->>'username', value->>'removed', value->>'at'
    FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT (sender, customer) DO UPDATE SET
      full_name = iif(excluded.named_at >= coalesce(contacts.named_at, 0),
        coalesce(excluded.full_name, contacts.full_name), contacts.full_name),
      first_name = iif(excluded.named_at >= coalesce(contacts.named_at, 0),
        coalesce(excluded.first_name, contacts.first_name), contacts.first_name),
      named_at = nullif(max(coalesce(contacts.named_at, 0), coalesce(excluded.named_at, 0)), 0),
      phone = iif(excluded.at >= contacts.at, coalesce(excluded.phone, contacts.phone),
        coalesce(contacts.phone, excluded.phone)),
      bsuid = iif(excluded.at >= contacts.at, coalesce(excluded.bsuid, contacts.bsuid),
        coalesce(contacts.bsuid, excluded.bsuid)),
      username = iif(excluded.at >= contacts.at, coalesce(excluded.username, contacts.username),
        coalesce(contacts.username, excluded.username)),
      removed = iif(excluded.at >= contacts.at, excluded.removed, contacts.removed),
      at = max(contacts.at, excluded.at)
    WHERE excluded.at > contacts.at
      OR (excluded.at = contacts.at AND excluded.removed != contacts.removed)
      OR excluded.named_at > coalesce(contacts.named_at, 0)
      OR (excluded.bsuid IS NOT NULL AND contacts.bsuid IS NULL)
      OR (excluded.phone IS NOT NULL AND contacts.phone IS NULL)`,
  // The newest live message stands at the end; what history said goes with the first of them.
  // CROSS JOIN: from the echoes to their rows; left alone, SQLite walks through all of the sender's.
  conversations: `
    INSERT INTO conversations (sender, customer, last_at, last_wamid, live_at,
      last_human_reply_at)
    SELECT ?1, value->>'customer', value->>'at', value->>'wamid', value->>'at',
      (SELECT max(e.value->>'at') FROM json_each(j.value, '$.echoes') e
        CROSS JOIN messages m ON m.sender = ?1 AND m.wamid = e.value->>'wamid'
        WHERE m.origin = 'app')
    FROM json_each(?2) j WHERE ${NEW}
    ON CONFLICT (sender, customer) DO UPDATE SET
      last_wamid = CASE WHEN conversations.live_at IS NULL OR (excluded.last_at, excluded.last_wamid)
        > (conversations.last_at, conversations.last_wamid)
        THEN excluded.last_wamid ELSE conversations.last_wamid END,
      last_at = CASE WHEN conversations.live_at IS NULL THEN excluded.last_at
        ELSE max(conversations.last_at, excluded.last_at) END,
      live_at = max(coalesce(conversations.live_at, 0), excluded.live_at),
      last_human_reply_at = nullif(max(coalesce(conversations.last_human_reply_at, 0),
        coalesce(excluded.last_human_reply_at, 0)), 0)`,
  // With the event that first told it: a repeat without a time of its own is no second notice.
  notices: `
    INSERT INTO notices (sender, at, id, field, data)
    SELECT ?1, value->>'at', value->>'id', value->>'field', value->'data'
    FROM json_each(?2) WHERE ${NEW} AND EXISTS (SELECT 1 FROM events e
      WHERE e.id = value->>'id' AND e.at = value->>'at')
    ON CONFLICT DO NOTHING`,
  // The newest by Meta's time wins; of one second the one that asks for less.
  preferences: `
    INSERT INTO preferences (sender, customer, category, value, at)
    SELECT ?1, value->>'customer', value->>'category', value->>'value', value->>'at'
    FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT (sender, customer, category) DO UPDATE SET value = excluded.value, at = excluded.at
    WHERE ${IS_NEWER_PREFERENCE}`,
  unrouted: `
    INSERT INTO unrouted (id, sender, field, reason, raw, at)
    SELECT ?1 || ':' || (value->>'id'), ?1, value->>'field', value->>'reason', value->>'raw', value->>'at'
    FROM json_each(?2) WHERE ${NEW}
    ON CONFLICT DO NOTHING`,
  merges: MERGE_CUSTOMERS,
};

/** The statements that store a flush's rows; kinds without rows are left out. */
export function storeFacts(
  database: D1Database,
  sender: number,
  rows: FactRows,
): D1PreparedStatement[] {
  // Messages before statuses and changes: a stub is for what comes without its message. And before
  // media: a file of a send of ours is known by its message.
  const sources = { ...rows, looseChanges: customersOf(rows.messages), merges: rows.aliases };
  return (Object.keys(STATEMENTS) as (keyof typeof STATEMENTS)[])
    .filter((kind) => sources[kind].length > 0)
    .flatMap((kind) =>
      [STATEMENTS[kind]]
        .flat()
        .map((statement) =>
          database.prepare(statement).bind(sender, JSON.stringify(sources[kind])),
        ),
    );
}

const TAKE_LOOSE_CHANGES = takeLooseChanges(`json_each(?2)`);

/**
 * The batch by which a flush's messages take changes that came before them, for a flush whose own
 * batch found some (`areLooseChanges`): hardly any does, and these statements were a tenth of each.
 * It may run again.
 */
export function takeChanges(
  database: D1Database,
  sender: number,
  messages: MessageRow[],
): D1PreparedStatement[] {
  const customers = JSON.stringify(customersOf(messages));
  return TAKE_LOOSE_CHANGES.map((sql) => database.prepare(sql).bind(sender, customers));
}

function customersOf(messages: MessageRow[]): string[] {
  return [...new Set(messages.map(({ customer }) => customer))];
}
