import { describe, expect, it } from "vitest";
import { isBulkHistory } from "../../src/meta/bulk-history.ts";

const LONG = { threads: [{ messages: [{ text: { body: "said long ago ".repeat(25_000) } }] }] };

const bytesOf = (...changes: unknown[]) =>
  new TextEncoder().encode(JSON.stringify({ object: "x", entry: [{ id: "1", changes }] }));

describe("a large body", () => {
  it.each([
    ["before its value", bytesOf({ field: "history", value: LONG })],
    ["behind its value", bytesOf({ value: LONG, field: "history" })],
    ["twice", bytesOf({ value: LONG, field: "history" }, { value: {}, field: "history" })],
  ])("is history where it names that field %s", (_, raw) => {
    expect(isBulkHistory(raw)).toBe(true);
  });

  it.each([
    ["brings a live message too", [{ value: LONG, field: "history" }, { field: "messages" }]],
    ["brings one before it", [{ field: "messages" }, { value: LONG, field: "history" }]],
    ["only quotes the field", [{ value: { ...LONG, x: '"field":"history"' }, field: "messages" }]],
    ["names no field at its edges", [{ value: { a: LONG, field: "history", b: LONG } }]],
  ])("is looked into where it %s", (_, changes) => {
    expect(isBulkHistory(bytesOf(...changes))).toBe(false);
  });
});

it("looks into a small body, whatever it is", () => {
  expect(isBulkHistory(bytesOf({ field: "history", value: {} }))).toBe(false);
});
