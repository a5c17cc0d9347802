import * as fc from "fast-check";
import { expect, it } from "vitest";
import { cutPages } from "../../src/operations/cut-pages.ts";
import type { HistoryItems } from "../../src/meta/history-split.ts";

const LISTS = ["customers", "messages", "media", "changes", "unusable"] as const;
// Characters of one to four bytes, and some that JSON escapes: bytes are not characters.
const text = fc.string({
  unit: fc.constantFrom("a", "é", "€", "👍", '"', "\n", "\\"),
  maxLength: 120,
});

const items = fc.record({
  customers: fc.array(fc.record({ customer: text })),
  messages: fc.array(fc.record({ wamid: text, body: fc.record({ text }) })),
  media: fc.array(fc.record({ wamid: text, filename: text })),
  changes: fc.array(fc.record({ wamid: text })),
  unusable: fc.array(fc.record({ id: text, raw: text })),
}) as unknown as fc.Arbitrary<HistoryItems>;

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).byteLength;

it("puts every item into exactly one page, in order", () => {
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 3_000 }), (whole, maxBytes) => {
      const pages = cutPages(whole, maxBytes);
      for (const list of LISTS) {
        expect(pages.flatMap(({ items: page }): unknown[] => page[list])).toEqual(whole[list]);
      }
    }),
  );
});

it("keeps every page under the limit in bytes, except where one item alone is over it", () => {
  fc.assert(
    fc.property(items, fc.integer({ min: 200, max: 3_000 }), (whole, maxBytes) => {
      for (const { items: page, messagesJson } of cutPages(whole, maxBytes)) {
        expect(messagesJson).toBe(JSON.stringify(page.messages));
        const all = LISTS.flatMap((list): unknown[] => page[list]);
        expect(all.length).toBeGreaterThan(0);
        const bytes = all.reduce((sum: number, item) => sum + bytesOf(item) + 1, 0);
        if (all.length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes);
      }
    }),
  );
});

it("makes no page of nothing, and the same pages of the same items", () => {
  expect(cutPages({ customers: [], media: [], messages: [], changes: [], unusable: [] })).toEqual(
    [],
  );
  fc.assert(
    fc.property(items, (whole) => {
      expect(cutPages(whole, 500)).toEqual(cutPages(whole, 500));
    }),
  );
});
