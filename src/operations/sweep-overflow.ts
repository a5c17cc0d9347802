import { listLettersAmong } from "../database/dead-letters.ts";
import { sendAllPointers } from "../lib/send-pointers.ts";
import { arrivalOfKey, OVERFLOW } from "./archive-keys.ts";
import { GIVE_UP_MS, LOST_AFTER_MS, lookInTurn } from "./archive-turns.ts";
import { letterId } from "./keep-dead-letter.ts";
import type { Services } from "../services.ts";

const A_LIST = 200;
/** Of a look from the oldest on, and of one behind them. */
const LISTS = { front: 3, behind: 2 };
const MARK = "sweep.overflow";

/**
 * Points again at overflowed facts; what was delivered is not in the archive any more. What cannot be
 * delivered in eight days ends as a dead letter, and is only done over by hand.
 */
export function sweepOverflow(services: Services): Promise<number> {
  return lookInTurn(services.registry, MARK, async (behind) => {
    const lists = behind === null ? LISTS.front : LISTS.behind;
    const { keys, last, more } = await listBehind(services, behind ?? "", lists);
    return { done: await pointAt(services, keys), next: more ? last : null };
  });
}

/** Of overflowed facts, by their keys, those that are still handed over by themselves. */
export async function leaveOutGivenUp(services: Services, keys: string[]): Promise<string[]> {
  const before = services.now() - GIVE_UP_MS;
  const isOld = (key: string) => arrivalOfKey(key) < before;
  const old = keys.filter(isOld).map(overflowLetter);
  if (old.length === 0) return keys;
  const letters = await listLettersAmong(services.registry, old);
  return keys.filter((key) => !(isOld(key) && letters.has(overflowLetter(key))));
}

function overflowLetter(key: string): string {
  return letterId("overflow", JSON.stringify({ key }));
}

async function pointAt(services: Services, keys: string[]): Promise<number> {
  const before = services.now() - LOST_AFTER_MS;
  const due = await leaveOutGivenUp(
    services,
    keys.filter((key) => arrivalOfKey(key) < before),
  );
  await sendAllPointers(
    services.queues.overflow,
    due.map((key) => ({ key })),
  );
  return due.length;
}

async function listBehind(
  { archive }: Services,
  after: string,
  lists: number,
): Promise<{ keys: string[]; last: string; more: boolean }> {
  const keys: string[] = [];
  let last = after;
  let more = true;
  for (let list = 0; list < lists && more; list++) {
    const from = last === "" ? {} : { startAfter: last };
    const { objects, truncated } = await archive.list({ prefix: OVERFLOW, limit: A_LIST, ...from });
    keys.push(...objects.map(({ key }) => key));
    last = keys.at(-1) ?? last;
    more = truncated;
  }
  return { keys, last, more };
}
