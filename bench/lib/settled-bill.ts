import { setTimeout as wait } from "node:timers/promises";
import type { Bill } from "./bill.ts";

/** Longer than any pause between flushes, and than an object's alarm waits: then nothing is left. */
const SETTLED_MS = 7_000;
const LOOK_EVERY_MS = 250;

/** What was billed so far by a Worker that counts (`workers/bill.ts`), once nothing moves any more. */
export async function readSettledBill(worker: URL | string): Promise<Bill> {
  const read = async () => (await (await fetch(new URL("/bill", worker))).json()) as Bill;
  let last = await read();
  let sinceAt = performance.now();
  while (performance.now() - sinceAt < SETTLED_MS) {
    await wait(LOOK_EVERY_MS);
    const now = await read();
    if (JSON.stringify(now) !== JSON.stringify(last)) sinceAt = performance.now();
    last = now;
  }
  return last;
}
