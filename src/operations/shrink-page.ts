import { Buffer } from "node:buffer";
import { emptyItems, PAGE_LISTS } from "../database/store-page.ts";
import { keepOversize, MAX_BYTES, oversizeKey } from "./keep-oversize.ts";
import type { Page } from "../database/store-page.ts";
import type { Services } from "../services.ts";

/**
 * Puts an item of history that fits no row into the archive, whole, and leaves an unusable item in
 * its place that says where. Such a one has a page of its own (cut-pages.ts). D1 would refuse it, and
 * then refuse it among the unrouted as well: its chunk would never be stored to the end.
 */
export async function shrinkPage(services: Services, sender: number, page: Page): Promise<Page> {
  const whole = oversizeOf(page);
  if (whole === null) return page;
  const { key: id, raw } = await keepOversize(services, whole, whole, sender);
  const unusable = [{ id, reason: "too_large", raw: JSON.stringify(raw) }];
  return { items: { ...emptyItems(), unusable }, messagesJson: "" };
}

/** An item that is left out now may have a copy of a try before, which broke off before its row. */
export async function dropShrunk(services: Services, sender: number, page: Page): Promise<void> {
  const whole = oversizeOf(page);
  if (whole !== null) await services.archive.delete(oversizeKey(whole, sender));
}

/** The one item of a page that fits no row; null: it fits. */
function oversizeOf(page: Page): string | null {
  const [item, ...others] = PAGE_LISTS.flatMap((list): unknown[] => page.items[list]);
  const json = others.length > 0 ? "" : JSON.stringify(item ?? null);
  if (Buffer.byteLength(json) <= MAX_BYTES) return null;
  // Of what nobody could use, what Meta sent: an erasure looks in it for names as JSON writes them.
  return page.items.unusable[0]?.raw ?? json;
}
