import { createHmac } from "node:crypto";

export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * A webhook's bytes as Meta writes them: everything outside ASCII as \uXXXX with lower-case digits
 * and slashes escaped (protocol.md 2.1), so a receiver that signs a re-serialised body fails here too.
 */
export function serialize(payload: unknown): Buffer {
  const text = JSON.stringify(payload)
    .replaceAll("/", "\\/")
    .replace(
      /[\u007f-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return Buffer.from(text, "latin1");
}

/** The `X-Hub-Signature-256` of exactly these bytes (protocol.md 2.1). */
export function signatureOf(body: Uint8Array, appSecret: string): string {
  return `sha256=${createHmac("sha256", appSecret).update(body).digest("hex")}`;
}
