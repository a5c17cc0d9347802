import { createHash } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford: no letter is read as a digit

/** Random letters and digits. @param bits of randomness, 5 a character */
export function randomText(bits: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(bits / 5)));
  return Array.from(bytes, (byte) => ALPHABET[byte & 31]).join("");
}

/** A fresh id that says what it is: `partner_…`, `signup_…`. */
export function newId(prefix: string): string {
  return `${prefix}_${randomText(80)}`;
}

/** Hex SHA-256 of text (as UTF-8) or bytes. Synchronous: also usable inside an object's one step. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The id of the event that tells a fact: the same fact always gives the same id. */
export function eventId(senderKey: number, factKey: string): string {
  const digest = createHash("sha256").update(`${senderKey}|${factKey}`).digest("base64url");
  return `evt_${digest.slice(0, 22)}`;
}
