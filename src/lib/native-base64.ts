import { Buffer } from "node:buffer";

/*
 * Stands in for `@stablelib/base64` in the bundle (wrangler.toml, [alias]), as native-sha256.ts does
 * for standardwebhooks' other dependency.
 */

export function encode(data: Uint8Array): string {
  return Buffer.from(data).toString("base64");
}

/** @throws Error where the text is no base64, as the package does */
export function decode(text: string): Uint8Array {
  const data = Buffer.from(text, "base64");
  if (encode(data) !== text) throw new Error("Incorrect characters for decoding");
  return data;
}
