import { setTimeout as sleep } from "node:timers/promises";
import { textTo } from "../end-to-end/stage.ts";
import { POISON } from "./fault-list.ts";
import { wishForBatch, wishForSend } from "./send-wishes.ts";
import type { ShopDiary } from "./diary.ts";
import type { FaultyWorld } from "./faulty-world.ts";

/** How often something happens in a shop (ms on average). */
const LIVE_EVERY_MS = 250;
const SEND_EVERY_MS = 400;

/**
 * Customers write, change and take back what they wrote, owners answer from the phone, and the
 * partner sends for whoever waits, until `until` (`performance.now()`).
 *
 * @returns the calls that are still to be answered when it is over
 */
export async function playTraffic(
  world: FaultyWorld,
  until: number,
  options: { poison?: boolean } = {},
): Promise<Promise<void>[]> {
  const calls: Promise<void>[] = [];
  await Promise.all([
    ...world.shops.map(async (shop) => {
      while (performance.now() < until) {
        happen(world, shop, options.poison === true);
        await sleep(world.random.int(2 * LIVE_EVERY_MS));
      }
    }),
    ...world.shops.map(async (shop) => {
      while (performance.now() < until) {
        calls.push(sendOne(world, shop));
        await sleep(world.random.int(2 * SEND_EVERY_MS));
      }
    }),
  ]);
  return calls;
}

/** One template to each of so many customers of a shop, queued in one call. */
export function queueMany(world: FaultyWorld, shop: ShopDiary, count: number): Promise<void> {
  const messages = shop.business.customers.slice(0, count).map(({ phone }) => ({
    to: phone,
    type: "template",
    template: { name: "order_update", language: { code: "en_US" } },
  }));
  return wishForBatch(callerOf(world), shop, messages);
}

/** One thing that somebody does in a shop. */
function happen(world: FaultyWorld, shop: ShopDiary, poison: boolean): void {
  const { random, stage } = world;
  const { simulator } = stage;
  const { business } = shop;
  const phone = customerOf(world, shop);
  const die = random.int(20);
  if (die === 0 && poison) {
    const { wamid } = simulator.customerWrites(business, { from: phone, body: POISON });
    shop.poisoned.add(wamid);
    shop.wrote.add(phone);
    return;
  }
  if (die <= 11) {
    const isFile = die === 11;
    const type = isFile ? "image" : "text";
    const { wamid } = simulator.customerWrites(business, { from: phone, type });
    shop.received.add(wamid);
    shop.wrote.add(phone);
    if (isFile) shop.files.add(wamid);
    else if (die === 10) {
      const change = simulator.customerEdits(business, {
        from: phone,
        originalWamid: wamid,
        body: "Sorry, I meant tomorrow.",
      });
      shop.edits.set(change.wamid, wamid);
    } else if (die === 9) {
      const change = simulator.customerRevokes(business, { from: phone, originalWamid: wamid });
      shop.revokes.set(change.wamid, wamid);
    }
    return;
  }
  if (die === 12) {
    const reaction = simulator.customerReacts(business, {
      from: phone,
      to: [...shop.received].at(-1) ?? "wamid.of-nobody",
    });
    shop.received.add(reaction.wamid);
    return;
  }
  const { wamid } = simulator.ownerWrites(business, { to: phone, body: "Until eight." });
  shop.echoed.add(wamid);
  if (die > 17) {
    const change = simulator.ownerWrites(business, {
      to: phone,
      type: "edit",
      originalWamid: wamid,
      body: "Until nine.",
    });
    shop.edits.set(change.wamid, wamid);
  }
}

function sendOne(world: FaultyWorld, shop: ShopDiary): Promise<void> {
  const headers: Record<string, string> = world.random.chance(0.5)
    ? { prefer: "wait=10" }
    : { prefer: "respond-async" };
  return wishForSend(callerOf(world), shop, textTo(customerOf(world, shop)), headers);
}

function customerOf(world: FaultyWorld, { business }: ShopDiary): string {
  const { customers } = business;
  return customers[world.random.int(customers.length)]?.phone ?? "";
}

const callerOf = ({ stage }: FaultyWorld) => ({ url: stage.serve.url, key: stage.key });
