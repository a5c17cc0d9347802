import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Compares two secrets in constant time; their digests, so that lengths do not matter or show. */
export function sameSecret(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** What is stored of an API key: useless without the pepper, which is not in the database. */
export function keyDigest(pepper: string, secret: string): string {
  return createHmac("sha256", pepper).update(secret).digest("base64url");
}
