import type { Json } from "./read-json.ts";

/**
 * An envelope as the bytes of a webhook. Meta writes everything beyond ASCII as `\u` and four
 * lowercase hex digits (protocol.md 2.1), and whatsapp-api-js escapes what it gets in the same way
 * before it compares the signature: a raw "é" would be refused.
 */
export function writeCloudBody(envelope: Json): string {
  return JSON.stringify(envelope).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
