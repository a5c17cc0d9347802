import { deleteDeadLetter, findDeadLetter } from "../database/dead-letters.ts";
import { listUnroutedItem } from "../database/forget-left-over.ts";
import { POINTERS } from "../queues/bodies.ts";
import { dropItems } from "./sweep-left-over.ts";
import { leaveOutGivenUp } from "./sweep-overflow.ts";
import type { Services } from "../services.ts";

/**
 * Takes a dead letter away for good: with that of a flush its fact is gone, with that of a queue only
 * the letter, and whatever sweep finds its work goes on; where none does any more (overflow), with
 * what it points at. @returns whether there was one
 */
export async function discardDeadLetter(services: Services, id: string): Promise<boolean> {
  const letter = await findDeadLetter(services.registry, id);
  if (letter?.source === "overflow") {
    const pointer = POINTERS.overflow.safeParse(JSON.parse(letter.body));
    const key = pointer.data?.key;
    const isOpen = key === undefined || (await leaveOutGivenUp(services, [key])).length > 0;
    if (!isOpen) await services.archive.delete(key);
  }
  return deleteDeadLetter(services.registry, id);
}

/**
 * Takes an item away for good that nobody could use, with its copy in the archive.
 *
 * @returns whether there was one
 */
export async function discardUnrouted(
  services: Services,
  shard: string,
  id: string,
): Promise<boolean> {
  const database = services.shard(shard);
  return (await dropItems(services, database, listUnroutedItem(database, id))) > 0;
}
