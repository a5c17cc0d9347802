import { assert, property, uint8Array } from "fast-check";
import { expect, it } from "vitest";
import * as base64 from "../../node_modules/@stablelib/base64/lib/base64.js";
import * as sha256 from "../../node_modules/fast-sha256/sha256.js";
import { decode, encode } from "../../src/lib/native-base64.ts";
import { hmac } from "../../src/lib/native-sha256.ts";

/* What stands in for packages in the bundle (wrangler.toml, [alias]) does what they do. */

const bytes = uint8Array({ maxLength: 200 });
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

it("signs as fast-sha256 does", () => {
  assert(
    property(bytes, bytes, (key, data) => {
      expect(hex(hmac(key, data))).toBe(hex(sha256.hmac(key, data)));
    }),
  );
});

it("writes and reads base64 as @stablelib/base64 does", () => {
  assert(
    property(bytes, (data) => {
      const text = base64.encode(data);
      expect(encode(data)).toBe(text);
      expect(hex(decode(text))).toBe(hex(base64.decode(text)));
    }),
  );
});

it.each(["abc", "ab!=", "ab cd", "aGk=x"])("reads no %s as base64, as the package does", (text) => {
  expect(() => base64.decode(text)).toThrow();
  expect(() => decode(text)).toThrow();
});
