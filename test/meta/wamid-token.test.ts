import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wamidPatterns, wamidToken } from "../../src/meta/wamid-token.ts";
import { buildWamid } from "../support/wamids.ts";

const HEX = "0123456789ABCDEF".split("");
const TOKEN = "4E6B0D53A1F29C7788";
const PEERS = ["15550177001", "420777000111", "4915550123456", "US.80000000000000000042"];

const holds = (wamid: string, patterns: readonly string[] | undefined) =>
  patterns?.some((pattern) => wamid.includes(pattern));

describe("the token of a wamid", () => {
  it.each([18, 20, 32])("of %i characters is read whoever the id is about", (length) => {
    const token = "0F1E2D3C4B5A69788796A5B4C3D2E1F0".slice(0, length);
    for (const peer of PEERS) {
      expect(wamidToken(buildWamid(peer, token, "out"))).toBe(token);
      expect(wamidToken(buildWamid(peer, token, "in"))).toBe(token);
    }
  });

  it("is read also without padding and in the alphabet of addresses", () => {
    const wamid = buildWamid("15550177001", TOKEN);
    const other = wamid.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
    expect(wamidToken(other)).toBe(TOKEN);
  });

  it.each([
    "",
    "wamid.",
    "wamid.plain-words",
    "wamid.%%%",
    buildWamid("15550177001", "SHORT"),
    buildWamid("15550177001", "not-hex-but-of-18!"),
    buildWamid("15550177001", TOKEN).slice("wamid.".length),
    buildWamid("15550177001", TOKEN).slice(0, -8),
  ])("is nothing in %j", (text) => {
    expect(wamidToken(text)).toBeUndefined();
    expect(wamidPatterns(text)).toBeUndefined();
  });

  it("is asked of any text without complaint", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => wamidPatterns(text)).not.toThrow();
        expect(() => wamidPatterns(`wamid.${text}`)).not.toThrow();
      }),
    );
  });
});

describe("the patterns of a wamid", () => {
  it("are in every wamid with its token, and in none with another, be it by one digit", () => {
    const hex = fc.constantFrom(...HEX);
    const peer = fc.stringMatching(/^[1-9][0-9]{6,14}$|^[A-Z]{2}\.[A-Za-z0-9]{5,40}$/);
    const tokens = fc
      .constantFrom(18, 20, 32)
      .chain((length) => fc.array(hex, { minLength: length, maxLength: length }));
    fc.assert(
      fc.property(peer, peer, tokens, fc.nat(), hex, (one, other, digits, at, digit) => {
        const token = digits.join("");
        const place = at % digits.length;
        const near = digits.with(place, digit).join("");
        const patterns = wamidPatterns(buildWamid(one, token, "in"));
        expect(holds(buildWamid(other, token, "out"), patterns)).toBe(true);
        expect(holds(buildWamid(other, near, "out"), patterns)).toBe(near === token);
      }),
      { numRuns: 500 },
    );
  });
});
