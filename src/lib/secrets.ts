import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Compares two secrets in constant time; their digests, so that lengths do not matter or show. */
export function sameSecret(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/**
 * What is stored of an API key: useless without the pepper, which is not in the database. Its first
 * letters say which pepper that is, so that a rotation can tell what it has come to.
 */
export function keyDigest(pepper: string, secret: string): string {
  const hmac = createHmac("sha256", pepper).update(secret).digest("base64url");
  return `${secretMark(pepper)}.${hmac}`;
}

/** Names a secret without telling it: 32 bits, enough to see that it is another one. */
export function secretMark(secret: string): string {
  return createHmac("sha256", secret).update("tandem|secret-mark|1").digest("hex").slice(0, 8);
}

/** The peppers that hold: the first makes what is new, and while it is rotated the one before opens too. */
export function peppersOf(settings: {
  API_KEY_PEPPER: string;
  API_KEY_PEPPER_PREVIOUS?: string | undefined;
}): readonly string[] {
  const { API_KEY_PEPPER: current, API_KEY_PEPPER_PREVIOUS: previous } = settings;
  return previous === undefined ? [current] : [current, previous];
}
