import type { Refusal } from "./refusal.ts";

export const WINDOW_MS = 24 * 60 * 60 * 1000;

/** Message types by which a customer says nothing new; the protocol leaves them open, we are strict. */
const SILENT_TYPES = new Set(["reaction", "edit", "revoke", "system"]);

/**
 * Until when a live inbound message lets the business write freely: 24 h from its own timestamp.
 * Echoes, history and what was written before the onboarding open nothing (protocol.md 3.7).
 *
 * @param message type and timestamp (epoch ms) of what the customer did
 * @param onboardedAt epoch ms, undefined before the first onboarding
 * @param closesAt what is open already
 */
export function extendWindow(
  message: { type: string; timestampMs: number },
  onboardedAt: number | undefined,
  closesAt: number | undefined,
): number | undefined {
  if (SILENT_TYPES.has(message.type)) return closesAt;
  if (onboardedAt === undefined || message.timestampMs < onboardedAt) return closesAt;
  return Math.max(closesAt ?? 0, message.timestampMs + WINDOW_MS);
}

/** 131047 for anything but a template when no window is open (protocol.md 3.7). `now` simulated ms. */
export function refuseOutsideWindow(
  type: string,
  closesAt: number | undefined,
  now: number,
): Refusal | null {
  if (type === "template" || (closesAt !== undefined && now < closesAt)) return null;
  return {
    code: 131047,
    details: "More than 24 hours have passed since the customer last wrote to this number",
  };
}
