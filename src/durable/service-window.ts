import { GENERATION_TOLERANCE_MS } from "../lib/generation.ts";

/** The customer service window (protocol.md 3.7). */
export const WINDOW_MS = 24 * 3_600_000;

/** What the API answers of a window: null means that we cannot know. */
export interface WindowView {
  open: boolean | null;
  /** Epoch ms, or null where no customer message was seen. */
  closesAt: number | null;
  why: "customer_wrote" | "expired" | "never_wrote" | "closed_by_meta" | "not_observed";
}

/** What is stored of a customer's window. */
export interface WindowRow {
  closesAt: number;
  /** When Meta answered 131047 although we thought it open (epoch ms); 0 if it did not. */
  refutedAt: number;
}

/** Whether a live inbound message opens the window: reactions do not, nor what is older than us. */
export function opensWindow(type: string, at: number, generation: number): boolean {
  return type !== "reaction" && at >= generation - GENERATION_TOLERANCE_MS;
}

/** The window after a message stamped `at`: out of order or repeated, it never shrinks. */
export function extendWindow(row: WindowRow | undefined, at: number): WindowRow {
  const closesAt = at + WINDOW_MS;
  if (row === undefined || closesAt > row.closesAt) return { closesAt, refutedAt: 0 };
  return row;
}

/**
 * @param observedFrom since when every message of this number reaches us; for 24 h from then a
 *   window that we have not seen may still be open at Meta
 */
export function viewWindow(
  row: WindowRow | undefined,
  now: number,
  observedFrom: number | null,
): WindowView {
  if (row !== undefined && row.refutedAt > 0) {
    return { open: false, closesAt: Math.min(row.closesAt, row.refutedAt), why: "closed_by_meta" };
  }
  if (row !== undefined && now < row.closesAt) {
    return { open: true, closesAt: row.closesAt, why: "customer_wrote" };
  }
  if (observedFrom !== null && now < observedFrom + WINDOW_MS) {
    return { open: null, closesAt: row?.closesAt ?? null, why: "not_observed" };
  }
  return row === undefined
    ? { open: false, closesAt: null, why: "never_wrote" }
    : { open: false, closesAt: row.closesAt, why: "expired" };
}
