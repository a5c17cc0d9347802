import { describe, expect, it } from "vitest";
import { readBulkHistory } from "../../src/meta/bulk-history.ts";

const LONG = { threads: [{ messages: [{ text: { body: "said long ago ".repeat(25_000) } }] }] };

const bytesOf = (...changes: unknown[]) =>
  new TextEncoder().encode(JSON.stringify({ object: "x", entry: [{ id: "1", changes }] }));

describe("a large body", () => {
  it.each([
    ["before its value", bytesOf({ field: "history", value: LONG })],
    ["behind its value", bytesOf({ value: LONG, field: "history" })],
    ["twice", bytesOf({ value: LONG, field: "history" }, { value: {}, field: "history" })],
  ])("is history where it names that field %s", (_, raw) => {
    expect(readBulkHistory(raw)).not.toBeNull();
  });

  it.each([
    ["brings a live message too", [{ value: LONG, field: "history" }, { field: "messages" }]],
    ["brings one before it", [{ field: "messages" }, { value: LONG, field: "history" }]],
    ["only quotes the field", [{ value: { ...LONG, x: '"field":"history"' }, field: "messages" }]],
    ["names no field at its edges", [{ value: { a: LONG, field: "history", b: LONG } }]],
  ])("is looked into where it %s", (_, changes) => {
    expect(readBulkHistory(bytesOf(...changes))).toBeNull();
  });
});

it("looks into a small body, whatever it is", () => {
  expect(readBulkHistory(bytesOf({ field: "history", value: {} }))).toBeNull();
});

it("tells the numbers that a large body names at its edges, and no text that looks like one", () => {
  const quoted = { text: { body: 'my "phone_number_id":"999"' } };
  const value = (id: string) => ({ metadata: { phone_number_id: id }, quoted, ...LONG });
  const raw = bytesOf({ value: value("310000000000041"), field: "history" });
  expect(readBulkHistory(raw)).toEqual({ numbers: ["310000000000041"] });
});
