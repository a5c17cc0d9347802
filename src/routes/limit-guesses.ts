import { AppError } from "../errors.ts";
import { log, shortId } from "../lib/log.ts";
import { networkOf } from "../lib/network-of.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";

const WINDOW_MS = 60_000;
/** A backend with an old key calls more often; a person with a typo does not. */
const GUESSES = 30;
const NETWORKS_MAX = 10_000;
const counted = new Map<string, { from: number; guesses: number }>();

/** Which of the two kinds of secrets is guessed at. */
export type Door = "partner" | "operator";

/**
 * Whether a network has shown more wrong secrets in this minute than anybody does by mistake.
 *
 * As with the rate of keys, each isolate counts for itself in its memory: a guard against lists of
 * guesses, which keys and tokens of their length withstand anyway. Where no address is told (on this
 * machine, without Cloudflare in front) callers cannot be told apart, and nobody is held.
 *
 * @throws AppError too_many_requests
 */
export function refuseGuesser(c: Context<AppContext>, door: Door): void {
  const window = windowOf(c, door);
  if (window === null || window.guesses < GUESSES) return;
  const seconds = Math.max(1, Math.ceil((window.from + WINDOW_MS - c.var.services.now()) / 1_000));
  throw new AppError(
    "too_many_requests",
    `Too many wrong keys came from this address. Check the key, and go on in ${seconds} s.`,
    { retryAfterS: seconds },
  );
}

/** Counts a wrong secret. Of operators' the door logs each; of partners' that there are too many. */
export function noteGuess(c: Context<AppContext>, door: Door): void {
  const window = windowOf(c, door);
  if (window === null) return;
  window.guesses += 1;
  if (door === "operator" || window.guesses !== GUESSES) return;
  log.warn("key.refused", { reason: door, key: addressOf(c) ?? "", count: window.guesses });
}

function windowOf(c: Context<AppContext>, door: Door): { from: number; guesses: number } | null {
  const address = addressOf(c);
  if (address === null) return null;
  const at = c.var.services.now();
  const name = `${door}|${address}`;
  const known = counted.get(name);
  if (known !== undefined && at - known.from < WINDOW_MS && at >= known.from) return known;
  if (known === undefined && counted.size >= NETWORKS_MAX) counted.clear();
  const window = { from: at, guesses: 0 };
  counted.set(name, window);
  return window;
}

/** A keyed hash of the caller's network: addresses themselves are nobody's business here. */
function addressOf(c: Context<AppContext>): string | null {
  const address = c.req.header("cf-connecting-ip");
  if (address === undefined) return null;
  return shortId(c.var.services.settings.API_KEY_PEPPER, `guess|${networkOf(address)}`);
}
