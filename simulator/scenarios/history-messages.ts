import type { Business } from "../businesses.ts";
import type { Customer } from "../people.ts";
import { customerPhone } from "../people.ts";
import { meetCustomer } from "../businesses.ts";
import { hashOf, hexAt, scramble, shareAt } from "../random.ts";
import { makeWamid } from "../wamid.ts";
import type { HistoryPlan } from "./history-plan.ts";
import { pickSentence } from "./sentences.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Media younger than this at the onboarding follow their placeholder (protocol.md 2.3.2). */
export const FOLLOW_UP_DAYS = 14;

export type HistoryMessage = {
  index: number;
  wamid: string;
  customer: Customer;
  /** The customer's phone is withheld in the whole history. */
  isHidden: boolean;
  isFromMe: boolean;
  ageDays: number;
  timestampMs: number;
  type: "text" | "location" | "media_placeholder" | "reaction" | "edit" | "revoke";
  /** Has no timestamp. */
  isUntimed: boolean;
  /** As on the wire, without the media that may follow. */
  wire: Record<string, unknown>;
};

/** What makes this business's history its own: the same in every run with the same ids. */
export function historyKey(business: Business): number {
  return hashOf("history", business.wabaId, business.phoneNumberId);
}

/**
 * Answers message n of a business's history without making the ones before it, so that 100,000 need
 * no memory. Message 0 is the newest; neighbours belong to the same conversation.
 *
 * @param anchorAt the instant the history looks back from, simulated epoch ms
 */
export function createHistoryReader(business: Business, plan: HistoryPlan, anchorAt: number) {
  const { history } = business;
  const key = historyKey(business);
  const threads = Math.min(
    history.threads ?? Math.min(2_000, Math.ceil(history.messages / 40)),
    Math.max(1, history.messages),
  );
  const burst = Math.min(6, Math.max(1, Math.floor(history.messages / threads)));

  /** Each conversation once, the newest first; after that some customers write more than others. */
  function customerIndexAt(index: number): number {
    const turn = Math.floor(index / burst);
    return turn < threads ? turn : Math.floor(shareAt(key ^ 0x77, turn) ** 2 * threads);
  }

  const customerAt = (index: number) =>
    meetCustomer(business, customerPhone(customerIndexAt(index)));

  const isHiddenAt = (index: number) =>
    shareAt(key ^ 0x44, customerIndexAt(index)) < history.bsuidOnlyShare;

  function wamidAt(index: number): string {
    const { phone, bsuid } = customerAt(index);
    const peer = isHiddenAt(index) ? bsuid : phone;
    return makeWamid(peer, isFromMeAt(index) ? "out" : "in", hexAt(key, index, 20));
  }

  const isUntimedAt = (index: number) =>
    typeAt(index) === "text" && shareAt(key ^ 0x55, index) < history.untimedShare;

  const isFromMeAt = (index: number) => shareAt(key ^ 0x11, index) < 0.5;

  function ageDaysAt(index: number): number {
    const phase = plan.phases.find(({ from, to }) => index >= from && index < to);
    if (!phase) return 0;
    const part = (index - phase.from + 0.5) / (phase.to - phase.from);
    return phase.startDay + part * (phase.endDay - phase.startDay);
  }

  function typeAt(index: number): HistoryMessage["type"] {
    const { mediaShare, reactionShare, editShare, revokeShare } = history;
    const dice = shareAt(key ^ 0x22, index);
    if (dice < mediaShare) return "media_placeholder";
    // A reaction or an edit needs an older text of the same conversation to be about.
    const hasTarget =
      index + 1 < history.messages && customerIndexAt(index) === customerIndexAt(index + 1);
    if (hasTarget && dice < mediaShare + reactionShare) return "reaction";
    const changes = mediaShare + reactionShare + editShare + revokeShare;
    if (dice < changes && dice >= mediaShare + reactionShare && hasTarget) {
      const isOwn = isFromMeAt(index) === isFromMeAt(index + 1);
      if (isOwn && typeAt(index + 1) === "text") {
        return dice < mediaShare + reactionShare + editShare ? "edit" : "revoke";
      }
    }
    return dice > 0.99 ? "location" : "text";
  }

  function statusOf(index: number, isFromMe: boolean): string {
    const dice = shareAt(key ^ 0x33, index);
    if (!isFromMe) return dice < 0.1 ? "pending" : "read";
    if (dice < 0.01) return "error";
    return dice < 0.05 ? "sent" : dice < 0.2 ? "delivered" : "read";
  }

  function partOf(type: HistoryMessage["type"], index: number): Record<string, unknown> {
    const text = pickSentence(scramble(key + index), isFromMeAt(index));
    switch (type) {
      case "text":
        return { text: { body: text } };
      case "location":
        return {
          location: { latitude: 40 + shareAt(key, index), longitude: -3 - shareAt(index, key) },
        };
      case "reaction":
        return { reaction: { message_id: wamidAt(index + 1), emoji: "\u{1F64F}" } };
      case "edit":
        return {
          edit: {
            original_message_id: wamidAt(index + 1),
            message: { type: "text", text: { body: text } },
          },
        };
      case "revoke":
        return { revoke: { original_message_id: wamidAt(index + 1) } };
      case "media_placeholder":
        return {};
    }
  }

  function messageAt(index: number): HistoryMessage {
    const customer = customerAt(index);
    const isHidden = isHiddenAt(index);
    const isFromMe = isFromMeAt(index);
    const ageDays = ageDaysAt(index);
    const timestampMs = anchorAt - ageDays * DAY_MS;
    const type = typeAt(index);
    const isUntimed = isUntimedAt(index);
    const wamid = wamidAt(index);
    const small = statusOf(index, isFromMe);
    const status =
      shareAt(key ^ 0x88, index) < history.capitalStatusShare ? small.toUpperCase() : small;
    // Absent, not false, on what customers wrote; lower case in real traffic (protocol.md 6, row 7).
    const saysFromMe = isFromMe && shareAt(key ^ 0x66, index) >= history.withoutFromMeShare;
    const saysTo = isFromMe && shareAt(key ^ 0x99, index) < history.withToShare;
    return {
      index,
      wamid,
      customer,
      isHidden,
      isFromMe,
      ageDays,
      timestampMs,
      type,
      isUntimed,
      wire: {
        ...whoWrote(customer, isFromMe, isHidden),
        ...(saysTo && !isHidden ? { to: customer.phone } : {}),
        id: wamid,
        ...(isUntimed ? {} : { timestamp: String(Math.floor(timestampMs / 1000)) }),
        type,
        ...partOf(type, index),
        history_context: saysFromMe ? { from_me: true, status } : { status },
      },
    };
  }

  /** A customer whose phone is withheld has no `from` (protocol.md 2.3). */
  function whoWrote(customer: Customer, isFromMe: boolean, isHidden: boolean) {
    if (isFromMe) return { from: business.displayPhoneNumber };
    return isHidden ? { from_user_id: customer.bsuid } : { from: customer.phone };
  }

  return { messageAt, wamidAt, leavesMessageAt };

  /** Whether something is to be stored under this one's own wamid: not for changes of others. */
  function leavesMessageAt(index: number): boolean {
    const type = typeAt(index);
    return type !== "edit" && type !== "revoke" && !isUntimedAt(index);
  }
}

/** What kind of file a placeholder stands for, once it comes. */
export function mediaTypeOf(key: number, index: number): string {
  const types = ["image", "image", "image", "audio", "document", "video"];
  return types[scramble(key + index * 7) % types.length] ?? "image";
}
