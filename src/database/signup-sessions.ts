import { drizzle } from "drizzle-orm/d1";
import { and, eq, inArray } from "drizzle-orm";
import { signupSessions } from "./schema.ts";
import type { WabaAccount } from "../meta/graph-client.ts";
import type { Sealed } from "../lib/seal.ts";

/**
 * `exchanging` and `confirming` are intents: they are stored before a shot is fired, and a session
 * that is found in one of them lost its worker in between.
 */
export type SignupState =
  | "open"
  | "exchanging"
  | "waiting"
  | "awaiting_confirmation"
  | "confirming"
  | "finished"
  | "failed";

export interface Candidate {
  phoneNumberId: string;
  displayPhoneNumber: string;
  verifiedName: string | null;
}

export interface SignupError {
  step: string;
  /** A key of the page's texts. */
  code?: string;
  detail: string;
}

export interface SignupSession {
  id: string;
  partner: string;
  state: SignupState;
  externalId: string | null;
  returnUrl: string | null;
  locale: string | null;
  phoneNumber: string | null;
  wabaId: string | null;
  phoneNumberId: string | null;
  token: Sealed | null;
  candidates: Candidate[] | null;
  account: WabaAccount | null;
  error: SignupError | null;
  onboardedAt: number | null;
  codeHash: string | null;
  /** Epoch ms */
  codeAt: number | null;
  kind: "connect" | "reauthorise";
  /** What happened, the newest last. */
  trail: { at: number; kind: string; step?: string; code?: string; metaSession?: string }[] | null;
  createdAt: number;
  expiresAt: number;
}

type Changes = Partial<Omit<SignupSession, "id" | "partner" | "createdAt">>;

export async function insertSession(registry: D1Database, session: SignupSession): Promise<void> {
  await drizzle(registry).insert(signupSessions).values(session);
}

export async function findSession(
  registry: D1Database,
  partner: string,
  id: string,
): Promise<SignupSession | null> {
  const [row] = await drizzle(registry)
    .select()
    .from(signupSessions)
    .where(and(eq(signupSessions.id, id), eq(signupSessions.partner, partner)));
  return (row as SignupSession | undefined) ?? null;
}

/**
 * Moves a session on, if it is still in one of the states it may come from: of two that try at
 * once, one gets it.
 */
export async function moveSession(
  registry: D1Database,
  id: string,
  from: SignupState[],
  changes: Changes,
): Promise<SignupSession | null> {
  const [row] = await drizzle(registry)
    .update(signupSessions)
    .set(changes)
    .where(and(eq(signupSessions.id, id), inArray(signupSessions.state, from)))
    .returning();
  return (row as SignupSession | undefined) ?? null;
}

/** For the owner's page, whose link is the key. */
export async function findSessionById(
  registry: D1Database,
  id: string,
): Promise<SignupSession | null> {
  const [row] = await drizzle(registry)
    .select()
    .from(signupSessions)
    .where(eq(signupSessions.id, id));
  return (row as SignupSession | undefined) ?? null;
}
