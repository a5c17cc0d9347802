import { vi } from "vitest";

/** A machine that others use stands still for a second now and then; what never comes fails anyway. */
const PATIENCE_MS = 10_000;

/**
 * Looks again and again until a look throws no more.
 *
 * @param look what it returns, or resolves to, is returned
 * @param intervalMs between two looks
 * @throws what the last look threw, after ten seconds
 */
export function eventually<T>(look: () => T | Promise<T>, intervalMs = 50): Promise<T> {
  return vi.waitFor(look, { timeout: PATIENCE_MS, interval: intervalMs });
}
