import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { verifyWebhookSignature } from "../../src/meta/webhook-signature.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const hex = (body: string, secret: string) =>
  createHmac("sha256", secret).update(body, "utf8").digest("hex");

const SECRET = "vector-secret-1";
const BODY = `{"object":"whatsapp_business_account","entry":[{"id":"9"}]}`;

describe("verifyWebhookSignature", () => {
  it.each([
    ["an ordinary body", BODY],
    ["an empty body", ""],
    ["escaped text", String.raw`{"t":"\u017elu\u0165"}`],
    ["the same text as UTF-8", `{"t":"žluť"}`],
    ["spaces and line ends", '{ "t" :\r\n 1 }\n'],
    ["3 MB", "z".repeat(3_000_000)],
  ])("accepts what Meta signed: %s", async (_, body) => {
    const header = `sha256=${hex(body, SECRET)}`;
    expect(await verifyWebhookSignature(bytes(body), header, [SECRET])).toBe(true);
  });

  it("tells escaped text from the same text in UTF-8: it hashes what was received", async () => {
    const header = `sha256=${hex(String.raw`{"t":"\u017elu\u0165"}`, SECRET)}`;
    expect(await verifyWebhookSignature(bytes(`{"t":"žluť"}`), header, [SECRET])).toBe(false);
  });

  it("accepts the previous secret beside the present one, and no other", async () => {
    const secrets = [SECRET, "vector-secret-0"];
    const by = (secret: string) => `sha256=${hex(BODY, secret)}`;
    expect(await verifyWebhookSignature(bytes(BODY), by(SECRET), secrets)).toBe(true);
    expect(await verifyWebhookSignature(bytes(BODY), by("vector-secret-0"), secrets)).toBe(true);
    expect(await verifyWebhookSignature(bytes(BODY), by("vector-secret-2"), secrets)).toBe(false);
    expect(await verifyWebhookSignature(bytes(BODY), by(SECRET), [])).toBe(false);
  });

  const good = hex(BODY, SECRET);
  it.each<[string, string | null | undefined]>([
    ["missing", undefined],
    ["null", null],
    ["empty", ""],
    ["without prefix", good],
    ["with another prefix", `sha1=${good}`],
    ["with an uppercase prefix", `SHA256=${good}`],
    ["in uppercase hex", `sha256=${good.toUpperCase()}`],
    ["one digit short", `sha256=${good.slice(0, 63)}`],
    ["one digit long", `sha256=${good}0`],
    ["with a stranger at its end", `sha256=${good.slice(0, 63)}g`],
    ["with a line end", `sha256=${good}\n`],
    ["with a space before", ` sha256=${good}`],
    ["of zeros", `sha256=${"0".repeat(64)}`],
  ])("refuses a header that is %s", async (_, header) => {
    expect(await verifyWebhookSignature(bytes(BODY), header, [SECRET])).toBe(false);
  });

  it("refuses a body of which any byte changed", async () => {
    const header = `sha256=${good}`;
    for (let at = 0; at < BODY.length; at += 7) {
      const body = bytes(BODY);
      body[at] = (body[at] ?? 0) ^ 1;
      expect(await verifyWebhookSignature(body, header, [SECRET])).toBe(false);
    }
  });
});
