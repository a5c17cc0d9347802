import { sendAllPointers } from "../lib/send-pointers.ts";
import { listKnown } from "../database/senders.ts";
import { arrivalOfKey } from "./archive-keys.ts";
import { GIVE_UP_MS, LOST_AFTER_MS, lookInTurn } from "./archive-turns.ts";
import { listOpenBodies } from "./list-open-bodies.ts";
import type { OpenBody } from "./list-open-bodies.ts";
import type { Services } from "../services.ts";

const MARK = "sweep.bodies.behind";

/**
 * Points again at raw history bodies that no consumer has stored to the end: their pointer was lost,
 * or they wait for their number to be connected. Where those in front are more than a look takes,
 * those behind have their turn too.
 *
 * @param most of a look; tests make it small
 */
export function sweepBodies(services: Services, most?: number): Promise<number> {
  return lookInTurn(services.registry, MARK, async (behind) => {
    const { open, next } = await listOpenBodies(services, behind ?? undefined, most);
    return { done: await pointAt(services, open), next };
  });
}

async function pointAt(services: Services, open: OpenBody[]): Promise<number> {
  const before = services.now() - LOST_AFTER_MS;
  const stranded = open.filter(({ key }) => arrivalOfKey(key) < before);
  const ripe = await leaveOutNobodys(services, stranded);
  await sendAllPointers(
    services.queues.history,
    ripe.map(({ key }) => ({ key })),
  );
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
