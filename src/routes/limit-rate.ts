import { AppError } from "../errors.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";

const WINDOW_MS = 60_000;
const KEYS_MAX = 10_000;
const counted = new Map<string, { from: number; calls: number }>();

/**
 * Counts a call of a key, and leaves in the context what the headers `RateLimit-Policy` and
 * `RateLimit` say (draft-ietf-httpapi-ratelimit-headers: quota `q` in a window of `w` seconds, `r`
 * left, a new window in `t` seconds).
 *
 * A guard against loops, not a quota: each isolate counts for itself in its memory, so a key that
 * is served from many places may make more, and a fresh isolate begins anew. Messages are paced by
 * their number, whatever this says.
 *
 * @param key whose calls are counted together
 * @throws AppError too_many_requests
 */
export function limitRate(c: Context<AppContext>, key: string): void {
  const { settings, now } = c.var.services;
  const quota = settings.API_RATE_PER_MINUTE;
  const at = now();
  let window = counted.get(key);
  if (window === undefined || at - window.from >= WINDOW_MS || at < window.from) {
    if (window === undefined && counted.size >= KEYS_MAX) counted.clear();
    window = { from: at, calls: 0 };
    counted.set(key, window);
  }
  window.calls += 1;
  const seconds = Math.max(1, Math.ceil((window.from + WINDOW_MS - at) / 1_000));
  const left = Math.max(0, quota - window.calls);
  c.set("rate", {
    policy: `"key";q=${quota};w=${WINDOW_MS / 1_000}`,
    limit: `"key";r=${left};t=${seconds}`,
  });
  if (window.calls <= quota) return;
  throw new AppError(
    "too_many_requests",
    `This key may make ${quota} calls a minute. Go on in ${seconds} s; if you did not mean to make so many, look for a loop.`,
    { retryAfterS: seconds },
  );
}
