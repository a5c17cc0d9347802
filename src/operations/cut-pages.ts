import type { HistoryItems } from "../meta/history-split.ts";

/**
 * Encoded size of a page: one statement's parameter, well under D1's 2 MB and quick to re-drive.
 * Four times the brief's: what a page costs beside its rows was a third of an import (bench row 3).
 */
export const PAGE_MAX_BYTES = 384_000;

/** The text of a page, ready for `json_each(page, '$.messages')`: nobody has to parse it again. */
export interface Page {
  text: string;
  bytes: number;
  messages: number;
}

/** Files behind the messages they belong to: on the same page or a later one. */
const LISTS = ["customers", "messages", "media", "changes", "unusable"] as const;

type Entry = { list: keyof HistoryItems; json: string; messages: number };

/**
 * Cuts a part's items into pages by encoded bytes. Every item is in exactly one page; an item
 * larger than a page gets its own. Conversation heads are worked out per page.
 */
export function cutPages(items: HistoryItems, maxBytes = PAGE_MAX_BYTES): Page[] {
  const encoder = new TextEncoder();
  const pages: Page[] = [];
  let entries: Entry[] = [];
  let bytes = 0;
  const close = () => {
    if (entries.length > 0) pages.push(writePage(entries, encoder));
    entries = [];
    bytes = 0;
  };
  for (const list of LISTS) {
    for (const item of items[list]) {
      const json = JSON.stringify(item);
      const size = encoder.encode(json).byteLength + 1;
      if (bytes + size > maxBytes) close();
      entries.push({ list, json, messages: list === "messages" ? 1 : 0 });
      bytes += size;
    }
  }
  close();
  return pages;
}

function writePage(entries: Entry[], encoder: TextEncoder): Page {
  const lists = LISTS.map((list) => {
    const members = entries.filter((entry) => entry.list === list).map((entry) => entry.json);
    return `"${list}":[${members.join(",")}]`;
  });
  const text = `{${lists.join(",")}}`;
  return {
    text,
    bytes: encoder.encode(text).byteLength,
    messages: entries.reduce((sum, entry) => sum + entry.messages, 0),
  };
}
