/** Facts this long before our own code exchange count as after it: our clock, not Meta's (design: Windows). */
export const GENERATION_TOLERANCE_MS = 10 * 60_000;
