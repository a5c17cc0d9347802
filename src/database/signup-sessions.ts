import type { WabaAccount } from "../meta/graph-client.ts";
import type { Sealed } from "../lib/seal.ts";

/**
 * `exchanging` and `confirming` are intents: they are stored before a shot is fired, and a session
 * that is found in one of them lost its worker in between. `waiting` has a token, and what it is
 * for is not listed yet at Meta.
 */
export type SignupState =
  | "open"
  | "exchanging"
  | "waiting"
  | "awaiting_confirmation"
  | "confirming"
  | "finished"
  | "failed"
  | "cancelled";

export interface Candidate {
  phoneNumberId: string;
  displayPhoneNumber: string;
  verifiedName: string | null;
}

/** What stands in the way, by a code that pages have words for. */
export type SignupProblemCode =
  /** The code was spent or too old; or its exchange has no known outcome. */
  | "expired_code"
  | "exchange_unknown"
  | "not_listed"
  | "not_covered"
  | "foreign_token"
  | "no_coexistence_number"
  | "held_elsewhere"
  | "another_account"
  | "pick_number"
  | "pick_zone"
  | "webhooks_missing"
  | "foreign_credit"
  | "credit_refused"
  | "credit_unknown"
  | "currency_missing"
  | "currency_unsupported"
  | "wrong_branch"
  | "popup_blocked"
  | "popup_error"
  | "cancelled"
  | "too_late"
  | "meta_error";

export interface SignupError {
  step: string;
  code: SignupProblemCode;
  detail: string;
}

/** One thing that happened: a state that was come to, or what the popup said. Holds no content. */
export interface TrailEntry {
  /** Its number in the session, from 1: entries fall out at the front. */
  n: number;
  /** Epoch ms. */
  at: number;
  kind: "state" | "popup";
  /** The state, or the kind of event of the popup. */
  what: string;
  step?: string;
  code?: string;
  /** Meta's own session id of an error its user reported. */
  metaSession?: string;
  /** Of `exchanging`: which code, as the start of its hash. For us alone. */
  tried?: string;
}

/** A tick of the proof that webhooks will reach us; `unproven` is what Meta does not let us read. */
export interface WebhookTick {
  name: string;
  state: "proven" | "missing" | "unproven";
  detail: string;
}

/** What became of sharing the credit line with the account. */
export interface CreditState {
  state: "intended" | "attached" | "refused" | "unknown";
  currency: string;
  allocationConfigId: string | null;
}

/** What the account is, as confirmed: how Meta tells it, and what we found out about its zone. */
export interface SignupAccount extends WabaAccount {
  /** The zone that Meta did not let us write. */
  zoneRefused?: string;
}

export interface SignupSession {
  id: string;
  partner: string;
  state: SignupState;
  kind: "connect" | "reauthorise";
  externalId: string | null;
  returnUrl: string | null;
  locale: string | null;
  phoneNumber: string | null;
  wabaId: string | null;
  phoneNumberId: string | null;
  token: Sealed | null;
  candidates: Candidate[] | null;
  account: SignupAccount | null;
  error: SignupError | null;
  proof: WebhookTick[] | null;
  credit: CreditState | null;
  onboardedAt: number | null;
  codeHash: string | null;
  /** Epoch ms */
  codeAt: number | null;
  trail: TrailEntry[] | null;
  /** `force`: the partner insists (operations/confirm-sender.ts). */
  sync: { contacts: boolean; history: boolean; force?: boolean } | null;
  timezone: string | null;
  unattendedAt: number | null;
  resumedAt: number | null;
  dueAt: number | null;
  createdAt: number;
  expiresAt: number;
}

type Changes = Partial<Omit<SignupSession, "id" | "partner" | "kind" | "trail" | "createdAt">>;
export type NewTrailEntry = Omit<TrailEntry, "n">;

const TRAIL_MAX = 50;

/** The column of each field. */
const COLUMNS = {
  id: "id",
  partner: "partner",
  state: "state",
  kind: "kind",
  externalId: "external_id",
  returnUrl: "return_url",
  locale: "locale",
  phoneNumber: "phone_number",
  wabaId: "waba_id",
  phoneNumberId: "phone_number_id",
  token: "token",
  candidates: "candidates",
  account: "account",
  error: "error",
  proof: "proof",
  credit: "credit",
  onboardedAt: "onboarded_at",
  codeHash: "code_hash",
  codeAt: "code_at",
  trail: "trail",
  sync: "sync",
  timezone: "timezone",
  unattendedAt: "unattended_at",
  resumedAt: "resumed_at",
  dueAt: "due_at",
  createdAt: "created_at",
  expiresAt: "expires_at",
} as const satisfies Record<keyof SignupSession, string>;
const FIELDS = Object.keys(COLUMNS) as (keyof SignupSession)[];

/** Fields that are stored as JSON. */
const JSON_FIELDS = [
  "token",
  "candidates",
  "account",
  "error",
  "proof",
  "credit",
  "trail",
  "sync",
] as const satisfies readonly (keyof SignupSession)[];

const SELECTED = FIELDS.map((field) => `${COLUMNS[field]} AS "${field}"`).join(", ");

type Row = Record<string, unknown>;

function readRow(row: Row): SignupSession {
  const session: Row = { ...row };
  for (const field of JSON_FIELDS) {
    const json = session[field];
    if (typeof json === "string") session[field] = JSON.parse(json) as unknown;
  }
  return session as unknown as SignupSession;
}

function writeValue(value: unknown): unknown {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : (value ?? null);
}

/** @returns false where its partner is gone */
export async function insertSession(
  registry: D1Database,
  session: SignupSession,
): Promise<boolean> {
  const columns = FIELDS.map((field) => COLUMNS[field]).join(", ");
  const { meta } = await registry
    .prepare(
      `INSERT INTO signup_sessions (${columns}) SELECT ${FIELDS.map(() => "?").join(", ")}
       WHERE EXISTS (SELECT 1 FROM partners WHERE id = ?)`,
    )
    .bind(...FIELDS.map((field) => writeValue(session[field])), session.partner)
    .run();
  return meta.changes > 0;
}

/** @param partner whose it has to be; left out, whoever knows the id has the key */
export async function findSession(
  registry: D1Database,
  id: string,
  partner?: string,
): Promise<SignupSession | null> {
  const row = await registry
    .prepare(`SELECT ${SELECTED} FROM signup_sessions WHERE id = ?`)
    .bind(id)
    .first<Row>();
  if (row === null) return null;
  const session = readRow(row);
  return partner === undefined || session.partner === partner ? session : null;
}

/** A partner's sessions, the newest first. @param before where the page before ended */
export async function listSessions(
  registry: D1Database,
  { partner, senders }: { partner: string; senders: readonly string[] | null },
  before: { at: number; id: string } | null,
  limit: number,
): Promise<SignupSession[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${SELECTED} FROM signup_sessions
       WHERE partner = ?1 AND (?2 IS NULL OR (created_at, id) < (?2, ?3))
         AND (?5 IS NULL OR phone_number_id IN (SELECT value FROM json_each(?5)))
       ORDER BY created_at DESC, id DESC LIMIT ?4`,
    )
    .bind(
      partner,
      before?.at ?? null,
      before?.id ?? null,
      limit,
      senders === null ? null : JSON.stringify(senders),
    )
    .all<Row>();
  return results.map(readRow);
}

/** Sessions that somebody has to go on with, the longest due first. */
export async function listDueSessions(
  registry: D1Database,
  now: number,
  limit: number,
): Promise<SignupSession[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${SELECTED} FROM signup_sessions
       WHERE due_at IS NOT NULL AND due_at <= ?1 ORDER BY due_at LIMIT ?2`,
    )
    .bind(now, limit)
    .all<Row>();
  return results.map(readRow);
}

/** How many owners finished a signup since then: Meta allows so many in seven days. */
export async function countOnboarded(registry: D1Database, since: number): Promise<number> {
  const row = await registry
    .prepare(
      `SELECT count(*) AS count FROM signup_sessions
       WHERE kind = 'connect' AND onboarded_at >= ?1`,
    )
    .bind(since)
    .first<{ count: number }>();
  return row?.count ?? 0;
}

/**
 * Moves a session on, if it is still in one of the states it may come from: of two that try at
 * once, one gets it.
 *
 * @param entry what is kept of it in the trail
 */
export function moveSession(
  registry: D1Database,
  id: string,
  from: readonly SignupState[],
  changes: Changes,
  entry?: NewTrailEntry,
): Promise<SignupSession | null> {
  const where = `state IN (SELECT value FROM json_each(?))`;
  return change(registry, id, changes, entry, where, [JSON.stringify(from)]);
}

/**
 * The right to go on with a confirmation that was begun: only once its time is over, or it was
 * given back, so that nobody works beside a Worker that is at it.
 */
export function claimConfirmation(
  registry: D1Database,
  id: string,
  now: number,
  changes: Changes,
): Promise<SignupSession | null> {
  const entry: NewTrailEntry = { at: now, kind: "state", what: "confirming" };
  return change(registry, id, changes, entry, `state = 'confirming' AND due_at <= ?`, [now]);
}

/** Whether another signup of this account is under way, through whichever partner. */
export async function hasLiveSession(
  registry: D1Database,
  wabaId: string,
  exceptId: string,
  now: number,
): Promise<boolean> {
  // Whoever is under way is due at some time: the index of those is short.
  const row = await registry
    .prepare(
      `SELECT 1 FROM signup_sessions
       WHERE due_at IS NOT NULL AND waba_id = ?1 AND id != ?2 AND kind = 'connect'
         AND expires_at > ?3 AND state IN ('waiting', 'awaiting_confirmation', 'confirming')
       LIMIT 1`,
    )
    .bind(wabaId, exceptId, now)
    .first();
  return row !== null;
}

/** The right to ask Meta now whether a session's account is listed: one at a time, not too often. */
export function claimResume(
  registry: D1Database,
  id: string,
  times: { now: number; notSince: number; dueAt: number },
): Promise<SignupSession | null> {
  const changes = { resumedAt: times.now, dueAt: times.dueAt };
  const where = `state = 'waiting' AND coalesce(resumed_at, 0) <= ?`;
  return change(registry, id, changes, undefined, where, [times.notSince]);
}

/** Changes a session where the condition still holds. @returns it as it is now, or null */
async function change(
  registry: D1Database,
  id: string,
  changes: Changes,
  entry: NewTrailEntry | undefined,
  where: string,
  bindings: readonly unknown[],
): Promise<SignupSession | null> {
  const named = Object.entries(changes).filter(([, value]) => value !== undefined);
  const sets = named.map(([field]) => `${COLUMNS[field as keyof Changes]} = ?`);
  const values = named.map(([, value]) => writeValue(value));
  if (entry !== undefined) {
    sets.push(`trail = ${APPENDED}`);
    values.push(JSON.stringify(entry));
  }
  const row = await registry
    .prepare(
      `UPDATE signup_sessions SET ${sets.join(", ")} WHERE id = ? AND ${where} RETURNING ${SELECTED}`,
    )
    .bind(...values, id, ...bindings)
    .first<Row>();
  return row === null ? null : readRow(row);
}

const KEPT = `coalesce(trail, '[]')`;

/** Appends in the row itself: two tabs that write at once lose nothing of each other. */
const APPENDED = `json_insert(
  iif(json_array_length(${KEPT}) >= ${TRAIL_MAX}, json_remove(${KEPT}, '$[0]'), ${KEPT}),
  '$[#]', json_set(?, '$.n', coalesce(json_extract(${KEPT}, '$[#-1].n'), 0) + 1))`;
