import { ErasedNames } from "../lib/erased-names.ts";
import { namesErased } from "../lib/names-erased.ts";
import { log } from "../lib/log.ts";
import type { Page } from "../database/store-page.ts";
import type { Sender } from "../database/senders.ts";
import type { CustomerRef } from "../meta/facts.ts";
import type { HistoryItems, HistoryPart } from "../meta/history-split.ts";
import type { Services } from "../services.ts";

/** Who of a sender was erased; null where nobody was, as for nearly all. One call for a whole body. */
export async function readErased(services: Services, sender: Sender): Promise<ErasedNames | null> {
  const set = await services.phone(sender.phoneNumberId).tombstones(sender.key);
  return set === null ? null : new ErasedNames(set);
}

/**
 * Leaves what is of erased customers' past out of pages that were cut already: the same body has the
 * same pages before and after an erasure, so a try that broke off goes on at the right one.
 */
export function leaveOutErased(erased: ErasedNames, part: HistoryPart, page: Page): Page {
  const refs = new Map(part.customers.map((each) => [each.customer, each]));
  const items = keepItems(erased, page.items, refs, namesOfKept(erased, part, refs));
  const dropped = countItems(page.items) - countItems(items);
  if (dropped === 0) return page;
  log.info("history.erased", { count: dropped });
  return { items, messagesJson: JSON.stringify(items.messages) };
}

/** Phone and BSUID of customers of whom something is left to store. */
export function listKeptCustomers(
  erased: ErasedNames,
  part: HistoryPart,
): HistoryPart["customers"] {
  const refs = new Map(part.customers.map((each) => [each.customer, each]));
  const kept = namesOfKept(erased, part, refs);
  return part.customers.filter((each) => isKept(erased, each, kept));
}

type Refs = ReadonlyMap<string, CustomerRef>;

/** Everybody with a message that is not of the erased time: they are somebody new. */
function namesOfKept(erased: ErasedNames, part: HistoryItems, refs: Refs): Set<string> {
  return new Set(
    part.messages
      .filter(({ customer, at, wamid }) => !erased.covers(refOf(customer, refs), at, wamid))
      .map(({ customer }) => customer),
  );
}

function keepItems(
  erased: ErasedNames,
  items: HistoryItems,
  refs: Refs,
  kept: ReadonlySet<string>,
): HistoryItems {
  const isOld = (item: { customer: string; wamid: string }, at: number) =>
    erased.covers(refOf(item.customer, refs), at, item.wamid);
  const messages = items.messages.filter((item) => !isOld(item, item.at));
  const isErasedCustomer = (customer: string) => erased.find(refOf(customer, refs)) !== undefined;
  const stay = new Set(messages.map(({ wamid }) => wamid));
  return {
    messages,
    // A file has no time of its own: it goes with its message.
    media: items.media.filter(
      ({ customer, wamid }) => stay.has(wamid) || !isErasedCustomer(customer),
    ),
    changes: items.changes.filter((item) => !isOld(item, item.at)),
    customers: items.customers.filter((each) => isKept(erased, each, kept)),
    unusable: items.unusable.filter(({ raw }) => !namesErased(erased, JSON.parse(raw))),
  };
}

function isKept(
  erased: ErasedNames,
  each: HistoryItems["customers"][number],
  kept: ReadonlySet<string>,
): boolean {
  return erased.find(each) === undefined || kept.has(each.customer);
}

function refOf(customer: string, refs: Refs): CustomerRef {
  const ref = refs.get(customer);
  const own = customer.includes(".") ? { bsuid: customer } : { phone: customer };
  return { ...ref, ...own };
}

function countItems({ messages, media, changes, unusable }: HistoryItems): number {
  return messages.length + media.length + changes.length + unusable.length;
}
