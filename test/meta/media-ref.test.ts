import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { asSha256, readMediaRef } from "../../src/meta/media-ref.ts";

const digest = createHash("sha256").update("a file");
const bytes = digest.digest();

describe("the file a message names", () => {
  it("has its id, and what else Meta says of it", () => {
    const part = { id: "881000000000077", mime_type: "application/pdf", filename: "offer.pdf" };
    expect(readMediaRef("document", { document: part, context: {} })).toEqual({
      mediaId: "881000000000077",
      mimeType: "application/pdf",
      filename: "offer.pdf",
    });
    expect(readMediaRef("image", { image: { id: 881000000000077 } })).toEqual({
      mediaId: "881000000000077",
    });
  });

  it.each([
    ["text", { text: { body: "881" } }],
    ["image", { image: { link: "https://shop.test/a.png" } }],
    ["image", { image: { id: "../310000000000001/messages" } }],
    ["image", { image: [] }],
    ["image", {}],
  ])("is none in %s %j", (type, body) => {
    expect(readMediaRef(type, body)).toBeUndefined();
  });

  it("has one hash, in base64 or hex", () => {
    const hex = bytes.toString("hex");
    expect(asSha256(hex)).toBe(hex);
    expect(asSha256(hex.toUpperCase())).toBe(hex);
    expect(asSha256(bytes.toString("base64"))).toBe(hex);
    expect(asSha256(bytes.toString("base64url"))).toBe(hex);
    for (const other of ["", "cGl4ZWxz", "zz", 7, null]) expect(asSha256(other)).toBeUndefined();
  });
});
