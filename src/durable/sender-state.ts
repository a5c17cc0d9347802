import type { Sealed } from "../lib/seal.ts";
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
}

/** The life of a connection (design: Lifecycle). Only `active` sends. */
export type SenderPhase = "active" | "paused" | "verifying" | "disconnected";

export interface SenderState {
  phase: SenderPhase;
  reason: string | null;
  /** Epoch ms of the last change; account facts from before it are old news. */
  at: number;
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

export interface StateChange {
  state: SenderState;
  /** The partner event that tells it; null where only the time of the last word moves on. */
  event: "sender.paused" | "sender.resumed" | null;
}

/**
 * What an account_update does to the state (protocol.md 2.8). PARTNER_REMOVED may concern another
 * partner of the same WABA, so it holds sends at once and leaves the verdict to a look at the WABA.
 *
 * @param at epoch ms of the fact; one older than the generation or the last word is ignored
 * @returns null where nothing changes
 */
export function applyAccountEvent(
  state: SenderState,
  generation: number,
  event: string,
  at: number,
  detail: Record<string, unknown>,
): StateChange | null {
  if (state.phase === "disconnected") return null; // only a new onboarding leads out of it
  // entry.time has whole seconds: what shares a second with the last word is not older than it.
  if (at < wholeSecond(Math.max(generation, state.at))) return null;
  const latest = { ...state, at: Math.max(at, state.at) };
  switch (event) {
    case "PARTNER_REMOVED":
    case "PARTNER_APP_UNINSTALLED":
    case "ACCOUNT_DELETED": {
      if (state.phase === "verifying") return { state: latest, event: null };
      const info = detail["disconnection_info"] as { reason?: unknown } | undefined;
      const reason = typeof info?.reason === "string" ? info.reason : event;
      return { state: { phase: "verifying", reason, at }, event: "sender.paused" };
    }
    case "ACCOUNT_OFFBOARDED":
      if (state.phase !== "active") return { state: latest, event: null };
      return { state: { phase: "paused", reason: event, at }, event: "sender.paused" };
    case "ACCOUNT_RECONNECTED":
      // Said before its off-boarding arrived: the late one must not undo it.
      if (state.phase === "active") return { state: latest, event: null };
      return { state: { phase: "active", reason: null, at }, event: "sender.resumed" };
    default:
      return null;
  }
}

function wholeSecond(at: number): number {
  return at - (at % 1_000);
}
