import { drizzle } from "drizzle-orm/d1";
import { and, eq, inArray, sql } from "drizzle-orm";
import { signupSessions } from "./schema.ts";
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

export async function insertSession(registry: D1Database, session: SignupSession): Promise<void> {
  await drizzle(registry).insert(signupSessions).values(session);
}

/** @param partner whose it has to be; left out, whoever knows the id has the key */
export async function findSession(
  registry: D1Database,
  id: string,
  partner?: string,
): Promise<SignupSession | null> {
  const [row] = await drizzle(registry)
    .select()
    .from(signupSessions)
    .where(eq(signupSessions.id, id));
  const session = (row as SignupSession | undefined) ?? null;
  return partner === undefined || session?.partner === partner ? session : null;
}

/** A partner's sessions, the newest first. @param before where the page before ended */
export async function listSessions(
  registry: D1Database,
  { partner, senders }: { partner: string; senders: readonly string[] | null },
  before: { at: number; id: string } | null,
  limit: number,
): Promise<SignupSession[]> {
  const rows = await drizzle(registry)
    .select()
    .from(signupSessions)
    .where(
      and(
        eq(signupSessions.partner, partner),
        senders === null
          ? undefined
          : sql`phone_number_id IN (SELECT value FROM json_each(${JSON.stringify(senders)}))`,
        before === null ? undefined : sql`(created_at, id) < (${before.at}, ${before.id})`,
      ),
    )
    .orderBy(sql`created_at DESC, id DESC`)
    .limit(limit);
  return rows as SignupSession[];
}

/** Sessions that somebody has to go on with, the longest due first. */
export async function listDueSessions(
  registry: D1Database,
  now: number,
  limit: number,
): Promise<SignupSession[]> {
  const rows = await drizzle(registry)
    .select()
    .from(signupSessions)
    .where(sql`due_at IS NOT NULL AND due_at <= ${now}`)
    .orderBy(signupSessions.dueAt)
    .limit(limit);
  return rows as SignupSession[];
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
export async function moveSession(
  registry: D1Database,
  id: string,
  from: readonly SignupState[],
  changes: Changes,
  entry?: NewTrailEntry,
): Promise<SignupSession | null> {
  const [row] = await drizzle(registry)
    .update(signupSessions)
    .set({ ...changes, ...(entry === undefined ? {} : { trail: appendTrail(entry) }) })
    .where(and(eq(signupSessions.id, id), inArray(signupSessions.state, [...from])))
    .returning();
  return (row as SignupSession | undefined) ?? null;
}

/**
 * The right to go on with a confirmation that was begun: only once its time is over, or it was
 * given back, so that nobody works beside a Worker that is at it.
 */
export async function claimConfirmation(
  registry: D1Database,
  id: string,
  now: number,
  changes: Changes,
): Promise<SignupSession | null> {
  const trail = appendTrail({ at: now, kind: "state", what: "confirming" });
  const [row] = await drizzle(registry)
    .update(signupSessions)
    .set({ ...changes, trail })
    .where(
      and(eq(signupSessions.id, id), eq(signupSessions.state, "confirming"), sql`due_at <= ${now}`),
    )
    .returning();
  return (row as SignupSession | undefined) ?? null;
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
export async function claimResume(
  registry: D1Database,
  id: string,
  times: { now: number; notSince: number; dueAt: number },
): Promise<SignupSession | null> {
  const [row] = await drizzle(registry)
    .update(signupSessions)
    .set({ resumedAt: times.now, dueAt: times.dueAt })
    .where(
      and(
        eq(signupSessions.id, id),
        eq(signupSessions.state, "waiting"),
        sql`coalesce(resumed_at, 0) <= ${times.notSince}`,
      ),
    )
    .returning();
  return (row as SignupSession | undefined) ?? null;
}

/** Appends in the row itself: two tabs that write at once lose nothing of each other. */
function appendTrail(entry: NewTrailEntry) {
  const kept = sql`coalesce(${signupSessions.trail}, '[]')`;
  const cut = sql`iif(json_array_length(${kept}) >= ${TRAIL_MAX}, json_remove(${kept}, '$[0]'), ${kept})`;
  const n = sql`coalesce(json_extract(${kept}, '$[#-1].n'), 0) + 1`;
  return sql`json_insert(${cut}, '$[#]', json_set(${JSON.stringify(entry)}, '$.n', ${n}))`;
}
