import { accountRow, MOVES } from "../lib/lifecycle-words.ts";
import type { LifeMove, LifePhase, StateEvent } from "../lib/lifecycle-words.ts";
import type { Sealed } from "../lib/seal.ts";
import type { AccountFact } from "../meta/facts.ts";
import type { BlockKind } from "../meta/graph-errors.ts";

/** Everything an object must know to answer while D1 is away. */
export interface SenderConfig {
  partner: string;
  /** The internal key of (partner, phone_number_id). */
  senderKey: number;
  shard: string;
  phoneNumberId: string;
  wabaId: string;
  /** The business number's digits. */
  displayPhone: string;
  timezone: string;
  /** Epoch ms of the onboarding in force. */
  generation: number;
  /** Whether windows may be open at Meta that we never saw: a number that was in use before us. */
  broughtBy: "signup" | "import";
  /** Places a second. */
  mps: number;
  /** Null after a disconnection: erased. */
  token: Sealed | null;
  /** When Meta lets the token expire (epoch ms), null for never; left out while nobody has asked. */
  tokenExpiresAt?: number | null;
}

/** The life of a connection (design: Lifecycle). Only `active` sends. */
export type SenderPhase = LifePhase;

export interface SenderState {
  phase: SenderPhase;
  reason: string | null;
  /** Epoch ms of the last change; account facts from before it are old news. */
  at: number;
}

/** What a number's object knows that the registry must not contradict. */
export interface Standing {
  /** Facts that D1 does not have yet. */
  journal: number;
  /** Null: nobody holds the number. */
  senderKey: number | null;
  shard: string | null;
  state: SenderState;
  /** Moves that its flush waits for. */
  pausedFor: string[];
  /** The last fact that D1 took. */
  fence: number;
}

/** Why Meta lets nothing of this number through, beside its phase (design: Lifecycle). */
export interface Block {
  kind: BlockKind;
  /** Meta's code that said so. */
  code: number;
  /** Epoch ms. */
  since: number;
}

/** What a look at the account was asked about; a later state is not its business. */
export interface Doubt {
  senderKey: number;
  generation: number;
  stateAt: number;
}

/** What a look at the account finds of a number, beside its doubt. */
export interface Inspection {
  about: Doubt;
  state: SenderState;
  /** Whether nobody has asked yet when the token expires. */
  wantsExpiry: boolean;
}

export interface StateChange {
  state: SenderState;
  /** The partner event that tells it; null where it is no news to a partner. */
  event: StateEvent | null;
  /** Whether the phase is another one: if not, only the time of the last word moves on. */
  moved: boolean;
}

/** The portfolio and the app that the gateway speaks for; an empty one is not known. */
export interface Ours {
  businessId: string;
  appId: string;
}

/** What an account event is, whose it is, and when it was said. */
export type AccountWord = Pick<AccountFact, "event" | "detail" | "shared"> & {
  /** Epoch ms. */
  at: number;
};

/**
 * Whether an account event names another partner or another app than ours (protocol.md 2.8): then
 * nothing of ours ended, and no send has to wait for a look.
 */
export function isAboutAnother(
  { partners, appId }: Pick<AccountFact, "partners" | "appId">,
  ours: Ours,
): boolean {
  const otherPartner =
    ours.businessId !== "" && partners !== undefined && !partners.includes(ours.businessId);
  return otherPartner || (appId !== undefined && appId !== ours.appId);
}

/** What the table says of an account event; one that Meta has added since does nothing. */
export function moveOf({ event, detail }: Pick<AccountWord, "event" | "detail">): LifeMove {
  const ban = detail["ban_info"] as { waba_ban_state?: unknown } | undefined;
  const state = typeof ban?.waba_ban_state === "string" ? ban.waba_ban_state : undefined;
  return accountRow(event, state)?.move ?? "none";
}

/**
 * What an account event does to the state, by the table in lib/lifecycle-words.ts. PARTNER_REMOVED
 * may concern another partner of the same WABA, so it holds sends at once and leaves the verdict to
 * a look at the WABA; ACCOUNT_* names only the WABA, so that where it has several numbers of ours
 * the verdict on each is a look's, too.
 *
 * @returns null where nothing changes: also for a word older than the generation or the last one
 */
export function applyAccountEvent(
  state: SenderState,
  generation: number,
  word: AccountWord,
): StateChange | null {
  if (state.phase === "disconnected") return null; // only a new onboarding leads out of it
  const { at } = word;
  // entry.time has whole seconds: what shares a second with the last word is not older than it.
  if (at < wholeSecond(Math.max(generation, state.at))) return null;
  const kind = moveOf(word);
  const move = MOVES[kind];
  if (move.to === null) return null;
  const latest = { state: { ...state, at: Math.max(at, state.at) }, event: null, moved: false };
  // Where a reconnection comes before its off-boarding, the late one must not undo it.
  if (!move.from.includes(state.phase)) return latest;
  if (kind !== "doubt" && word.shared === true) {
    if (state.phase === "verifying") return latest;
    const asked = { phase: "verifying" as const, reason: word.event, at };
    // A number on hold that is looked at is on hold: no news.
    return { state: asked, event: kind === "pause" ? move.tells : null, moved: true };
  }
  const reason = move.to === "active" ? null : reasonOf(word);
  return { state: { phase: move.to, reason, at }, event: move.tells, moved: true };
}

/** Meta's own reason of a disconnection, or else the event. */
function reasonOf({ event, detail }: AccountWord): string {
  const info = detail["disconnection_info"] as { reason?: unknown } | undefined;
  return typeof info?.reason === "string" ? info.reason : event;
}

function wholeSecond(at: number): number {
  return at - (at % 1_000);
}
