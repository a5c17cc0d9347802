import type { Refusal } from "./refusal.ts";

const INTERVAL_MS = 6_000;
const BURST = 45;

/** What one number owes to one customer: every message costs 6 s, a burst runs into debt. */
export type Pair = { burstAt: number; count: number; paidAt: number };

/**
 * One message in 6 s to the same user; up to 45 within 6 s on credit, after which nothing passes
 * until each has been paid for with its 6 s (protocol.md 3.5).
 *
 * @param pair what earlier admissions left, or undefined for the first
 * @param now real ms
 * @param toleranceMs how much too early a message may come: the network is not that exact
 * @returns what to remember when it passes, else 131056
 */
export function admitToPair(
  pair: Pair | undefined,
  now: number,
  toleranceMs = 250,
): { ok: true; pair: Pair } | { ok: false; refusal: Refusal } {
  if (!pair || now >= pair.paidAt - toleranceMs) {
    const from = pair ? Math.max(now, pair.paidAt) : now;
    return { ok: true, pair: { burstAt: now, count: 1, paidAt: from + INTERVAL_MS } };
  }
  if (now - pair.burstAt < INTERVAL_MS && pair.count < BURST) {
    return {
      ok: true,
      pair: { ...pair, count: pair.count + 1, paidAt: pair.paidAt + INTERVAL_MS },
    };
  }
  const waitMs = Math.ceil(pair.paidAt - now);
  return {
    ok: false,
    refusal: { code: 131056, details: `Too many messages to this user; next one in ${waitMs} ms` },
  };
}
