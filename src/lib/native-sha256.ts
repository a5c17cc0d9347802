import { createHmac } from "node:crypto";

/*
 * Stands in for `fast-sha256` in the bundle (wrangler.toml, [alias]): standardwebhooks signs each
 * post by it, and the runtime's own is faster and costs no bytes.
 */

export function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(data).digest();
}
