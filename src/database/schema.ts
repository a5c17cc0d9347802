import { sql } from "drizzle-orm";
import { HAS_AD_CLICK } from "./ad-click.ts";
import { LIFE_EVENTS } from "./life-events.ts";
import {
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";

/*
 * Times are epoch ms. `sender` is the internal key of one (partner, phone_number_id) pair, so a
 * number that moves to another partner starts empty. Tables with a natural text key are WITHOUT
 * ROWID (by hand in the SQL: drizzle-kit does not write it), because every index is a billed row.
 */

// ---- registry: lives in DB only, though every shard gets the tables ----

export const partners = sqliteTable("partners", {
  id: text().primaryKey(),
  name: text().notNull(),
  /** https address of its logo, for the pages that owners see. */
  logoUrl: text("logo_url"),
  createdAt: integer("created_at").notNull(),
  /** How long files of its customers are kept, in days; null: until somebody deletes them. */
  mediaRetentionDays: integer("media_retention_days"),
  /** The same of messages, by when they were written. */
  messageRetentionDays: integer("message_retention_days"),
});

export const apiKeys = sqliteTable("api_keys", {
  id: text().primaryKey(),
  partner: text().notNull(),
  name: text(),
  /**
   * HMAC of the secret with API_KEY_PEPPER, behind eight letters that say which pepper; the secret
   * itself is shown once and not kept.
   */
  digest: text().notNull(),
  /** After a rotation the one before holds until then. */
  previousDigest: text("previous_digest"),
  previousUntil: integer("previous_until"),
  /** Of "send", "read", "manage". */
  scopes: text({ mode: "json" }).notNull(),
  /** phone_number_ids that it is for; null: all of the partner's. */
  senders: text({ mode: "json" }),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at"),
  /** To the hour or so: a row written at each call would cost more than the call. */
  lastUsedAt: integer("last_used_at"),
  revokedAt: integer("revoked_at"),
});

/**
 * Where partners are told events. How far each has been told, and what failed, is in its own object
 * (durable/endpoint.ts).
 */
export const endpoints = sqliteTable(
  "endpoints",
  {
    id: text().primaryKey(),
    partner: text().notNull(),
    url: text().notNull(),
    description: text(),
    /** "native" or "cloud_api" */
    format: text().notNull(),
    /** The partner's positions when it was made, by shard: its telling begins behind them. */
    begins: text({ mode: "json" }).notNull(),
    /** Event types and phone_number_ids that it is told; null: all. */
    types: text({ mode: "json" }),
    senders: text({ mode: "json" }),
    /** Whether a sender's events are told one after the other, by seq. */
    ordered: integer({ mode: "boolean" }).notNull(),
    maxPerSecond: integer("max_per_second"),
    /** Sealed (lib/seal.ts), bound to the endpoint; after a rotation the one before signs too. */
    secret: text({ mode: "json" }).notNull(),
    previousSecret: text("previous_secret", { mode: "json" }),
    previousUntil: integer("previous_until"),
    /** "enabled", "paused" or "disabled"; "removing": gone for all but the sweep. */
    state: text().notNull(),
    /** Of one that is not enabled: "gone" (it answered 410), "failing" (5 days), "partner", "operator". */
    stateReason: text("state_reason"),
    stateAt: integer("state_at").notNull(),
    /** Since when nothing gets through; null while it is well. */
    failingSince: integer("failing_since"),
    /** What the last failed attempt came to, in a few words; never what was sent. */
    lastError: text("last_error"),
    createdAt: integer("created_at").notNull(),
    /** Counts what its object must learn; and up to where it has. */
    version: integer().notNull().default(1),
    configured: integer().notNull().default(0),
  },
  (table) => [
    index("endpoints_partner").on(table.partner, table.createdAt),
    // Those whose object does not know the latest: for the sweep, and empty for the most part.
    index("endpoints_unsettled")
      .on(table.id)
      .where(sql`configured < version`),
  ],
);

/** The dataset of each account that conversions are reported to (protocol.md 5.1). */
export const datasets = sqliteTable(
  "datasets",
  {
    partner: text().notNull(),
    wabaId: text("waba_id").notNull(),
    dataset: text().notNull(),
    /** When our system user was seen to be allowed to upload to it. */
    assignedAt: integer("assigned_at"),
  },
  (table) => [primaryKey({ columns: [table.partner, table.wabaId] })],
);

export const senders = sqliteTable(
  "senders",
  {
    key: integer().primaryKey({ autoIncrement: true }),
    partner: text().notNull(),
    phoneNumberId: text("phone_number_id").notNull(),
    wabaId: text("waba_id").notNull(),
    displayPhoneNumber: text("display_phone_number").notNull(),
    verifiedName: text("verified_name"),
    timezone: text().notNull(),
    /** The D1 binding that holds this sender's messages and events. */
    shard: text().notNull(),
    /** Projection of the object's state machine. */
    state: text().notNull(),
    stateReason: text("state_reason"),
    stateAt: integer("state_at").notNull(),
    /** The instant of the onboarding in force: facts from before it open nothing. */
    generation: integer().notNull(),
    /** "signup" asked for history itself; "import" was brought along and counts as having asked. */
    broughtBy: text("brought_by").notNull(),
    /** Places a second; Meta fixes 20 for coexistence numbers. */
    mps: integer().notNull().default(20),
    /** Why Meta lets nothing through at present: {kind, code, since}; null otherwise. */
    blocked: text({ mode: "json" }),
    /** When that was said last. */
    blockedAt: integer("blocked_at"),
    /** Our credit line as it is shared with its WABA (protocol.md 1.7); needed to take it back. */
    allocationConfigId: text("allocation_config_id"),
    /** An operator holds its sends: {operator, reason, since}; the object decides, this tells. */
    held: text({ mode: "json" }),
    createdAt: integer("created_at").notNull(),
    /** Set when the number moved to another partner; the row stays for what was stored. */
    supersededAt: integer("superseded_at"),
    /** Set when all of it was erased: the row stays as a name for its usage, without the number. */
    erasedAt: integer("erased_at"),
    /** The move to another shard that it is on: only its object writes to the shard meanwhile. */
    move: text(),
  },
  (table) => [
    uniqueIndex("senders_number").on(table.phoneNumberId, table.partner),
    index("senders_waba").on(table.wabaId),
    index("senders_partner").on(table.partner),
  ],
);

export const signupSessions = sqliteTable(
  "signup_sessions",
  {
    id: text().primaryKey(),
    partner: text().notNull(),
    state: text().notNull(),
    /** "connect"; or "reauthorise", which gives a sender a new token and nothing else. */
    kind: text().notNull().default("connect"),
    externalId: text("external_id"),
    returnUrl: text("return_url"),
    locale: text(),
    phoneNumber: text("phone_number"),
    /** Until the token was seen to cover it: what the popup said. */
    wabaId: text("waba_id"),
    phoneNumberId: text("phone_number_id"),
    /** Sealed business token (lib/seal.ts), bound to the session until the sender exists. */
    token: text({ mode: "json" }),
    /** The coexistence numbers Meta listed: id, display number, name. */
    candidates: text({ mode: "json" }),
    /** Meta's WABA name, currency, time zone and owner, shown for confirmation. */
    account: text({ mode: "json" }),
    /** What stands in the way: step, code and a sentence. */
    error: text({ mode: "json" }),
    /** The ticks that webhooks will reach us, as they were read last. */
    proof: text({ mode: "json" }),
    /** The credit line of a Solution Partner: the intent, then what Meta said. */
    credit: text({ mode: "json" }),
    /** When the code was exchanged: the start of the 24 h for the two syncs, by our clock. */
    onboardedAt: integer("onboarded_at"),
    /** The code that was tried last, as a hash, and when: a code is spent only once. */
    codeHash: text("code_hash"),
    codeAt: integer("code_at"),
    /** What happened in Meta's popup and with us, with its time: the last 50. */
    trail: text({ mode: "json" }),
    /** The confirmation: which syncs to ask for, and the IANA zone. */
    sync: text({ mode: "json" }),
    timezone: text(),
    /** When the syncs are asked for although nobody confirms (2 h before the 24 h end). */
    unattendedAt: integer("unattended_at"),
    /** When Meta was last asked whether number and WABA are listed. */
    resumedAt: integer("resumed_at"),
    /** When the sweep goes on with it, whatever became of the Worker that had it. */
    dueAt: integer("due_at"),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    index("signup_sessions_due")
      .on(table.dueAt)
      .where(sql`due_at IS NOT NULL`),
    index("signup_sessions_partner").on(table.partner, table.createdAt),
  ],
);

/** Media that a partner uploaded through us: Meta's id, and whose token reads it. */
export const outgoingMedia = sqliteTable(
  "outgoing_media",
  {
    sender: integer().notNull(),
    media: text().notNull(),
    type: text().notNull(),
    bytes: integer().notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.media, table.sender] })],
);

/** What went wrong for good: dead queue messages and facts D1 would not take. */
export const deadLetters = sqliteTable("dead_letters", {
  id: text().primaryKey(),
  /** The queue (queues/bodies.ts), or "flush": a fact that D1 refused. */
  source: text().notNull(),
  sender: integer(),
  reason: text().notNull(),
  /** Of a queue: its pointer. Of a flush: the fact, which is content. */
  body: text().notNull(),
  /** Tries in all, and how often they came to an end here. */
  attempts: integer().notNull().default(1),
  times: integer().notNull().default(1),
  /** Null where it came once. */
  firstAt: integer("first_at"),
  /** When it came last. */
  at: integer().notNull(),
  /** What brought it last: the same again, told twice, does not count twice. */
  message: text(),
  /** Somebody has it done over since then, and it has not come back. */
  redrivenAt: integer("redriven_at"),
});

/** What operators changed, and whose content they looked at; kept. */
export const audit = sqliteTable(
  "audit",
  {
    at: integer().notNull(),
    id: text().notNull(),
    operator: text().notNull(),
    action: text().notNull(),
    sender: integer(),
    partner: text(),
    /** Ids, counts and reasons as operators wrote them; never content. */
    detail: text(),
  },
  (table) => [primaryKey({ columns: [table.at, table.id] })],
);

/** What is erased on somebody's word: one customer of a sender, or a sender as a whole. */
export const erasures = sqliteTable(
  "erasures",
  {
    id: text().primaryKey(),
    partner: text().notNull(),
    sender: integer().notNull(),
    /** The phone_number_id that it was asked for by. */
    senderId: text("sender_id").notNull(),
    /** "customer" or "sender" */
    kind: text().notNull(),
    /** Who asked: "partner", or the operator's name. */
    askedBy: text("asked_by").notNull(),
    /** Names and keys of the customer while they are looked for; null once all is gone. */
    names: text({ mode: "json" }),
    /** Hashes of the names, which partners can compare theirs with. */
    digests: text({ mode: "json" }),
    /** Epoch ms: what is older is erased. */
    until: integer().notNull(),
    /** "running" or "done" */
    state: text().notNull(),
    /** Where it is: the step, how far within it, and what it waits for. */
    step: text().notNull(),
    place: text(),
    waitsFor: text("waits_for"),
    /** What was erased so far, by place. */
    counts: text({ mode: "json" }).notNull(),
    attempts: integer().notNull(),
    /** When it goes on; while somebody is at it, when to believe them dead. */
    dueAt: integer("due_at"),
    createdAt: integer("created_at").notNull(),
    endedAt: integer("ended_at"),
  },
  (table) => [
    index("erasures_due")
      .on(table.dueAt)
      .where(sql`due_at IS NOT NULL`),
    index("erasures_sender").on(table.sender, table.createdAt),
  ],
);

/** A sender on its way to another shard. */
export const moves = sqliteTable(
  "moves",
  {
    id: text().primaryKey(),
    sender: integer().notNull(),
    /** D1 bindings. */
    fromShard: text("from_shard").notNull(),
    toShard: text("to_shard").notNull(),
    operator: text().notNull(),
    /** "running", "done" or "given_up" */
    state: text().notNull(),
    step: text().notNull(),
    place: text(),
    /** The fence of the flush, as the former shard had it before it was shut. */
    fence: integer(),
    /** Rows copied, by table. */
    counts: text({ mode: "json" }).notNull(),
    attempts: integer().notNull(),
    dueAt: integer("due_at"),
    createdAt: integer("created_at").notNull(),
    endedAt: integer("ended_at"),
  },
  (table) => [
    index("moves_due")
      .on(table.dueAt)
      .where(sql`due_at IS NOT NULL`),
  ],
);

/** Failed sign-ins to the console, by a hash of the address they came from. */
export const signInAttempts = sqliteTable("sign_in_attempts", {
  address: text().primaryKey(),
  failures: integer().notNull(),
  at: integer().notNull(),
});

/** Who was refused at an operators' door, by day and door: counts, nobody's address. */
export const refusals = sqliteTable(
  "refusals",
  {
    /** UTC, as 2026-11-23. */
    day: text().notNull(),
    /** "api", "console" or "access" */
    door: text().notNull(),
    count: integer().notNull(),
    lastAt: integer("last_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.door] })],
);

/** Where a sweep left off. */
export const marks = sqliteTable("marks", {
  name: text().primaryKey(),
  value: text().notNull(),
});

/** Raw history bodies that are stored to their end, or given up. */
export const historyBodies = sqliteTable("history_bodies", {
  key: text().primaryKey(),
  state: text().notNull(),
  at: integer().notNull(),
});

// ---- per sender, in the sender's shard ----

export const syncs = sqliteTable(
  "syncs",
  {
    sender: integer().notNull(),
    generation: integer().notNull(),
    /** "contacts" or "history" */
    kind: text().notNull(),
    state: text().notNull(),
    requestedAt: integer("requested_at"),
    requestId: text("request_id"),
    error: text({ mode: "json" }),
    firstAt: integer("first_at"),
    lastAt: integer("last_at"),
    endedAt: integer("ended_at"),
  },
  (table) => [primaryKey({ columns: [table.sender, table.generation, table.kind] })],
);

export const historyChunks = sqliteTable(
  "history_chunks",
  {
    sender: integer().notNull(),
    /** Hash of the body and the place in it. */
    chunk: text().notNull(),
    generation: integer().notNull(),
    /** "chunk"; or, counted apart, "follow_up" (media) and "error". */
    kind: text().notNull(),
    phase: integer(),
    chunkOrder: integer("chunk_order"),
    progress: integer(),
    messages: integer().notNull(),
    pages: integer().notNull(),
    pagesStored: integer("pages_stored").notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sender, table.chunk] })],
);

export const customers = sqliteTable(
  "customers",
  {
    sender: integer().notNull(),
    /** Phone digits where known, else the BSUID. */
    customer: text().notNull(),
    phone: text(),
    bsuid: text(),
    name: text(),
    username: text(),
  },
  (table) => [primaryKey({ columns: [table.sender, table.customer] })],
);

/** Other keys of a customer: BSUIDs, former numbers, spelling variants. */
export const customerKeys = sqliteTable(
  "customer_keys",
  {
    sender: integer().notNull(),
    alias: text().notNull(),
    customer: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sender, table.alias] }),
    // All names of one customer: without it, a walk through those of all.
    index("customer_keys_customer").on(table.sender, table.customer),
  ],
);

export const contacts = sqliteTable(
  "contacts",
  {
    sender: integer().notNull(),
    customer: text().notNull(),
    fullName: text("full_name"),
    firstName: text("first_name"),
    /** Meta's time of the change that names are from; a removal brings none. */
    namedAt: integer("named_at"),
    phone: text(),
    bsuid: text(),
    username: text(),
    removed: integer({ mode: "boolean" }).notNull(),
    /** Meta's time of the change; the newest wins. */
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sender, table.customer] })],
);

export const conversations = sqliteTable(
  "conversations",
  {
    sender: integer().notNull(),
    customer: text().notNull(),
    /** Newest message of any kind. */
    lastAt: integer("last_at").notNull(),
    lastWamid: text("last_wamid").notNull(),
    /** Newest live message; while there is one, history does not move the conversation. */
    liveAt: integer("live_at"),
    /** When the owner last answered from the phone. */
    lastHumanReplyAt: integer("last_human_reply_at"),
  },
  (table) => [primaryKey({ columns: [table.sender, table.customer] })],
);

export const messages = sqliteTable(
  "messages",
  {
    sender: integer().notNull(),
    wamid: text().notNull(),
    customer: text().notNull(),
    at: integer().notNull(),
    /** Null: a stub that a status or an edit made before its message came; hidden until then. */
    type: text(),
    direction: text(),
    origin: text(),
    historical: integer({ mode: "boolean" }),
    /** Meta's object for the type, plus context, referral and errors where they came. */
    body: text({ mode: "json" }),
    status: text(),
    statusRank: integer("status_rank"),
    statusAt: integer("status_at"),
    errors: text({ mode: "json" }),
    /** When each status was reached: {"sent": epoch ms, …}. */
    steps: text({ mode: "json" }),
    /** Meta's pricing as the statuses brought it, with `conversation` and the day it is counted on. */
    pricing: text({ mode: "json" }),
    editedAt: integer("edited_at"),
    revokedAt: integer("revoked_at"),
    /** Our id of the send, and the partner's own callback data. */
    send: text(),
    callback: text(),
  },
  (table) => [
    primaryKey({ columns: [table.sender, table.wamid] }),
    index("messages_conversation").on(table.sender, table.customer, table.at),
    // Only sends of ours: history pays nothing for it.
    index("messages_send")
      .on(table.sender, table.send)
      .where(sql`send IS NOT NULL`),
    // Only messages that came by an ad: what reports a conversion looks for the newest.
    index("messages_ad_click")
      .on(table.sender, table.customer, table.at)
      .where(sql.raw(HAS_AD_CLICK)),
  ],
);

/**
 * Edits and revokes whose message was not there, under that wamid or another of the same token:
 * what they say is on the stub of their own wamid (database/link-changes.ts).
 */
export const looseChanges = sqliteTable(
  "loose_changes",
  {
    sender: integer().notNull(),
    wamid: text().notNull(),
    customer: text().notNull(),
    at: integer().notNull(),
    patterns: text({ mode: "json" }).notNull(),
    /** By our clock: history brings changes that are months old. */
    notedAt: integer("noted_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.sender, table.wamid] })],
);

/**
 * Files of messages, beside the messages: whatever else is learnt of a message, its file is fetched
 * once. A row begins with a media id of Meta's; a placeholder has none.
 */
export const media = sqliteTable(
  "media",
  {
    sender: integer().notNull(),
    wamid: text().notNull(),
    customer: text().notNull(),
    /** The message's: image, video, audio, document, sticker. */
    type: text().notNull(),
    /** "wanted", "stored", "unavailable" or "deleted" */
    state: text().notNull(),
    mediaId: text("media_id").notNull(),
    /** As Meta said with the message: MIME type, hex SHA-256, file name. */
    declaredType: text("declared_type"),
    sha256: text(),
    filename: text(),
    /** What the first bytes say, or else what Meta said. */
    mimeType: text("mime_type"),
    bytes: integer(),
    attempts: integer().notNull(),
    /** Attempts that failed on an answer which seldom changes: no such file, another hash. */
    refusals: integer().notNull(),
    /** Why there is no file, or why the last attempt brought none. */
    reason: text(),
    /** When the media id came: it lives 7 days from then. */
    wantedAt: integer("wanted_at").notNull(),
    /** When there is something to do next; while it is being done, when to believe it dead. */
    dueAt: integer("due_at"),
    storedAt: integer("stored_at"),
  },
  (table) => [
    primaryKey({ columns: [table.sender, table.wamid] }),
    index("media_due")
      .on(table.dueAt)
      .where(sql`due_at IS NOT NULL`),
    // For the count alone; holds what was given up.
    index("media_unavailable")
      .on(table.sender)
      .where(sql`state = 'unavailable'`),
    // For retention; holds stored files only.
    index("media_stored")
      .on(table.sender, table.storedAt)
      .where(sql`state = 'stored'`),
  ],
);

/** Delivered messages by price: each counts once, on the sender's own day. */
export const usage = sqliteTable(
  "usage",
  {
    sender: integer().notNull(),
    /** YYYY-MM-DD in the sender's time zone. */
    day: text().notNull(),
    /** Meta's pricing.category and pricing.type. */
    category: text().notNull(),
    type: text().notNull(),
    delivered: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sender, table.day, table.category, table.type] })],
);

/** What flush has written (fence) and told (seq) of each sender. */
export const heads = sqliteTable("heads", {
  sender: integer().primaryKey(),
  fence: integer().notNull(),
  seq: integer().notNull(),
});

/** The last position given to each partner in this shard. */
export const positions = sqliteTable("positions", {
  partner: text().primaryKey(),
  pos: integer().notNull(),
  /** When events were appended last, by our clock. */
  at: integer().notNull(),
  /** Up to where events were forgotten (all but those of a sender's life). */
  pruned: integer().notNull().default(0),
});

export const events = sqliteTable(
  "events",
  {
    partner: text().notNull(),
    pos: integer().notNull(),
    sender: integer().notNull(),
    senderId: text("sender_id").notNull(),
    seq: integer().notNull(),
    /** From the sender and the fact: one fact is told once. */
    id: text().notNull(),
    type: text().notNull(),
    at: integer().notNull(),
    data: text({ mode: "json" }).notNull(),
    /** When it came into the log, by our clock: facts can be old, and retention counts from here. */
    appendedAt: integer("appended_at").notNull(),
    /** What it came by: a webhook, a call, a sweep; log lines about its delivery name it. */
    requestId: text("request_id"),
  },
  (table) => [
    primaryKey({ columns: [table.partner, table.pos] }),
    uniqueIndex("events_id").on(table.id),
    // What happened to a sender, apart from the thousands of events about its messages.
    index("events_life").on(table.sender, table.seq).where(sql.raw(LIFE_EVENTS)),
  ],
);

/** Account-level webhooks (templates, quality, names, capabilities, alerts), for as long as we live. */
export const notices = sqliteTable(
  "notices",
  {
    sender: integer().notNull(),
    at: integer().notNull(),
    id: text().notNull(),
    /** Meta's webhook field. */
    field: text().notNull(),
    /** As partners are told it. */
    data: text({ mode: "json" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.sender, table.at, table.id] })],
);

/** What customers want to be sent (field user_preferences); the newest wins. */
export const preferences = sqliteTable(
  "preferences",
  {
    sender: integer().notNull(),
    customer: text().notNull(),
    /** Such as marketing_messages. */
    category: text().notNull(),
    /** "stop" or "resume" */
    value: text().notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sender, table.customer, table.category] })],
);

/** Conversions reported to Meta: stored before the call, because Meta counts each one it gets. */
export const conversions = sqliteTable(
  "conversions",
  {
    sender: integer().notNull(),
    id: text().notNull(),
    customer: text(),
    ctwaClid: text("ctwa_clid").notNull(),
    name: text().notNull(),
    /** When it happened. */
    at: integer().notNull(),
    currency: text(),
    value: real(),
    /** The partner's own plain values, such as an order id. */
    customData: text("custom_data", { mode: "json" }),
    /** Of an answer to Meta's own detection: the wamid it was found in. */
    detectedIn: text("detected_in"),
    testEventCode: text("test_event_code"),
    /** SHA-256 of the request: the same Idempotency-Key with another one is refused. */
    digest: text().notNull(),
    /** "intended", "reported", "refused" or "unknown" */
    state: text().notNull(),
    error: text({ mode: "json" }),
    createdAt: integer("created_at").notNull(),
    settledAt: integer("settled_at"),
  },
  (table) => [
    primaryKey({ columns: [table.sender, table.id] }),
    index("conversions_time").on(table.sender, table.createdAt),
    // Of those under way: the sweep looks for what a dead Worker left.
    index("conversions_intended")
      .on(table.createdAt)
      .where(sql`state = 'intended'`),
  ],
);

/** Items of webhooks that we cannot use yet, whole, so that nothing is lost by not knowing it. */
export const unrouted = sqliteTable("unrouted", {
  id: text().primaryKey(),
  sender: integer(),
  field: text().notNull(),
  reason: text().notNull(),
  /** Whom it was meant for ("waba:…", "display:…"), where that was nobody we knew. */
  route: text(),
  raw: text().notNull(),
  at: integer().notNull(),
});
