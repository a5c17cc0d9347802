const HEADER_SHAPE = /^sha256=[0-9a-f]{64}$/;
const keys = new Map<string, Promise<CryptoKey>>();

/**
 * Whether Meta signed these bytes (protocol.md 2.1): HMAC-SHA256 over the body as received, never
 * over re-serialised JSON, because Meta may send escaped or raw UTF-8.
 *
 * @param body the raw bytes
 * @param header `X-Hub-Signature-256`; its shape is checked before any hashing
 * @param secrets the app secret, and the previous one while it is being rotated
 */
export async function verifyWebhookSignature(
  body: Uint8Array,
  header: string | null | undefined,
  secrets: readonly string[],
): Promise<boolean> {
  if (header == null || !HEADER_SHAPE.test(header)) return false;
  const signature = Buffer.from(header.slice("sha256=".length), "hex");
  for (const secret of secrets) {
    // `verify` compares in constant time.
    if (await crypto.subtle.verify("HMAC", await importKey(secret), signature, body)) return true;
  }
  return false;
}

function importKey(secret: string): Promise<CryptoKey> {
  let key = keys.get(secret);
  if (key === undefined) {
    key = crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["verify"],
    );
    keys.set(secret, key);
  }
  return key;
}
