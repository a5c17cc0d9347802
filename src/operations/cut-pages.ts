import { Buffer } from "node:buffer";
import { emptyItems, PAGE_LISTS } from "../database/store-page.ts";
import type { Page } from "../database/store-page.ts";
import type { HistoryItems } from "../meta/history-split.ts";

/**
 * Encoded size of a page: one statement's parameter, well under D1's 2 MB, and a transaction that
 * holds nobody else up for long. Four times the design's: what a page costs beside its rows was a
 * third of an import (bench row 3).
 */
export const PAGE_MAX_BYTES = 384_000;

/**
 * Cuts a part's items into pages by encoded bytes: the same items make the same pages. Every item is
 * in exactly one; an item larger than a page gets its own.
 */
export function cutPages(items: HistoryItems, maxBytes = PAGE_MAX_BYTES): Page[] {
  const pages: Page[] = [];
  let page = emptyItems();
  let messages: string[] = [];
  let bytes = 0;
  const close = () => {
    if (bytes > 0) pages.push({ items: page, messagesJson: `[${messages.join(",")}]` });
    page = emptyItems();
    messages = [];
    bytes = 0;
  };
  for (const list of PAGE_LISTS) {
    for (const item of items[list]) {
      const json = JSON.stringify(item);
      const size = Buffer.byteLength(json) + 1;
      if (bytes + size > maxBytes) close();
      (page[list] as unknown[]).push(item);
      if (list === "messages") messages.push(json);
      bytes += size;
    }
  }
  close();
  return pages;
}
