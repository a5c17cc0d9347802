import { listLettersAmong } from "../database/dead-letters.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { requestIdField } from "../lib/request-id.ts";
import { arrivalOfKey, OVERFLOW } from "./archive-keys.ts";
import { letterId } from "./keep-dead-letter.ts";
import type { Services } from "../services.ts";

const LOST_AFTER_MS = 30_000;
/** As long as Meta repeats, and a day more: what fails for longer waits for a person. */
export const GIVE_UP_MS = 8 * 24 * 3_600_000;
const A_LIST = 200;
/** From the oldest on, and behind them in turn: those in front may not go for days. */
const LISTS = { front: 3, behind: 2 };
const MARK = "sweep.overflow";

/**
 * Points again at overflowed facts; what was delivered is not in the archive any more. What cannot be
 * delivered in eight days ends as a dead letter, and is only done over by hand.
 */
export async function sweepOverflow(services: Services): Promise<number> {
  const { registry } = services;
  const front = await listBehind(services, "", LISTS.front);
  const found = await pointAt(services, front.keys);
  if (!front.more) return found;
  const mark = (await readMark(registry, MARK)) ?? "";
  const after = [front.last, mark].toSorted().at(-1) ?? "";
  const { keys, last, more } = await listBehind(services, after, LISTS.behind);
  await writeMark(registry, MARK, more ? last : "");
  return found + (await pointAt(services, keys));
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
  for (const key of due) await services.queues.overflow.send({ key, ...requestIdField() });
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
