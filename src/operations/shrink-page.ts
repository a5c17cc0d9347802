import { Buffer } from "node:buffer";
import { emptyItems, PAGE_LISTS } from "../database/store-page.ts";
import { keepOversize, MAX_BYTES } from "./keep-oversize.ts";
import type { Page } from "../database/store-page.ts";
import type { Services } from "../services.ts";

/**
 * Puts an item of history that fits no row into the archive, whole, and leaves an unusable item in
 * its place that says where. Such a one has a page of its own (cut-pages.ts). D1 would refuse it, and
 * then refuse it among the unrouted as well: its chunk would never be stored to the end.
 */
export async function shrinkPage(services: Services, page: Page): Promise<Page> {
  const [item, ...others] = PAGE_LISTS.flatMap((list): unknown[] => page.items[list]);
  const json = others.length > 0 ? "" : JSON.stringify(item ?? null);
  if (Buffer.byteLength(json) <= MAX_BYTES) return page;
  // Of what nobody could use, what Meta sent: an erasure looks in it for names as JSON writes them.
  const whole = page.items.unusable[0]?.raw ?? json;
  const { key: id, raw } = await keepOversize(services, whole);
  const unusable = [{ id, reason: "too_large", raw: JSON.stringify(raw) }];
  return { items: { ...emptyItems(), unusable }, messagesJson: "" };
}
