import { requestIdField } from "../lib/request-id.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { listKnown } from "../database/senders.ts";
import { arrivalOfKey } from "./archive-keys.ts";
import { listOpenBodies } from "./list-open-bodies.ts";
import type { OpenBody } from "./list-open-bodies.ts";
import type { Services } from "../services.ts";

const MARK = "sweep.bodies.behind";
/** A pointer that is on its way gets this long before it counts as lost. */
export const LOST_AFTER_MS = 30_000;
/** What nobody has claimed by then is given up: as long as Meta repeats, and a day more. */
export const GIVE_UP_MS = 8 * 24 * 3_600_000;

/**
 * Points again at raw history bodies that no consumer has stored to the end: their pointer was lost,
 * or they wait for their number to be connected. Where those in front are more than a look takes,
 * those behind have their turn too.
 *
 * @param most of a look; tests make it small
 */
export async function sweepBodies(services: Services, most?: number): Promise<number> {
  const { registry } = services;
  const front = await listOpenBodies(services, undefined, most);
  const pointed = await pointAt(services, front.open);
  if (front.next === null) return pointed;
  const mark = (await readMark(registry, MARK)) ?? "";
  const after = mark > front.next ? mark : front.next;
  const behind = await listOpenBodies(services, after, most);
  await writeMark(registry, MARK, behind.next ?? "");
  return pointed + (await pointAt(services, behind.open));
}

async function pointAt(services: Services, open: OpenBody[]): Promise<number> {
  const before = services.now() - LOST_AFTER_MS;
  const stranded = open.filter(({ key }) => arrivalOfKey(key) < before);
  const ripe = await leaveOutNobodys(services, stranded);
  for (const { key } of ripe) await services.queues.history.send({ key, ...requestIdField() });
  return ripe.length;
}

/**
 * Without the bodies that only bring history of numbers nobody has connected: to read each of them
 * every minute for eight days would keep the others waiting.
 */
async function leaveOutNobodys(services: Services, bodies: OpenBody[]): Promise<OpenBody[]> {
  const numbers = new Set(bodies.flatMap((body) => body.numbers));
  if (numbers.size === 0) return bodies;
  const known = await listKnown(services.registry, [...numbers]);
  const over = services.now() - GIVE_UP_MS;
  return bodies.filter(
    ({ key, numbers: named, mayBringMore }) =>
      mayBringMore || named.some((number) => known.has(number)) || arrivalOfKey(key) < over,
  );
}
