import { sha256Hex } from "../lib/ids.ts";

/** Where raw things lie in the archive. Keys begin with the time (ms), so a list is oldest first. */
export const INBOX = "inbox/";
export const OVERFLOW = "overflow/";
export const MEDIA = "media/";
/** Copies of what fitted no row: by hash, of the history of a number behind its sender's key. */
export const OVERSIZE = "oversize/";
/** Dead letters that D1 did not take; a sweep brings them there. */
export const DEAD_LETTERS = "dead-letters/";

/** Name of something that came in at `receivedAt`; the hash makes the same body the same name. */
export function arrivalKey(prefix: string, receivedAt: number, body: Uint8Array | string): string {
  return namedArrivalKey(prefix, receivedAt, sha256Hex(body));
}

/** The same for what has a name without a dash already. */
export function namedArrivalKey(prefix: string, receivedAt: number, name: string): string {
  return `${prefix}${String(receivedAt).padStart(14, "0")}-${name}`;
}

/** The hash of a body from its key. */
export function hashOfKey(key: string): string {
  return key.slice(key.lastIndexOf("-") + 1);
}

/** When a body came in (epoch ms), from its key. */
export function arrivalOfKey(key: string): number {
  return Number(key.slice(key.indexOf("/") + 1, key.lastIndexOf("-")));
}

/** The file of a message. By a hash: a wamid embeds a phone number, and keys show in lists and links. */
export function mediaKey(sender: number, wamid: string): string {
  return `${MEDIA}${sender}/${sha256Hex(wamid).slice(0, 32)}`;
}
