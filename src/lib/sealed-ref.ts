import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A value as an address may carry it: a customer's key is a phone number, and addresses stay in
 * histories and logs. The same value always gives the same text, so that links compare.
 *
 * @param secret any length; `use` keeps one use's texts apart from another's
 */
export function sealRef(secret: string, use: string, value: string): string {
  const iv = createHmac("sha256", keyOf(secret, `${use}|iv`))
    .update(value)
    .digest();
  const cipher = createCipheriv("aes-256-gcm", keyOf(secret, use), iv.subarray(0, IV_BYTES));
  const body = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
  return Buffer.concat([iv.subarray(0, IV_BYTES), cipher.getAuthTag(), body]).toString("base64url");
}

/**
 * @param secrets those that hold: what was sealed before a rotation opens until the old one is gone
 * @returns what was sealed, or null for anything else
 */
export function openRef(secrets: readonly string[], use: string, text: string): string | null {
  for (const secret of secrets) {
    const value = openOne(secret, use, text);
    if (value !== null) return value;
  }
  return null;
}

function openOne(secret: string, use: string, text: string): string | null {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length <= IV_BYTES + TAG_BYTES) return null;
  try {
    const cipher = createDecipheriv("aes-256-gcm", keyOf(secret, use), bytes.subarray(0, IV_BYTES));
    cipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const body = bytes.subarray(IV_BYTES + TAG_BYTES);
    return Buffer.concat([cipher.update(body), cipher.final()]).toString("utf8");
  } catch {
    return null; // not ours, or changed on its way
  }
}

function keyOf(secret: string, use: string): Buffer {
  return createHmac("sha256", secret).update(`tandem ${use}`).digest();
}
