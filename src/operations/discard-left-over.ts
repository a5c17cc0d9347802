import { deleteDeadLetter } from "../database/dead-letters.ts";
import { deleteUnrouted } from "../database/unrouted.ts";
import type { Services } from "../services.ts";

/**
 * Takes a dead letter away for good: with that of a flush its fact is gone, with that of a queue only
 * the letter, and whatever sweep finds its work goes on. @returns whether there was one
 */
export function discardDeadLetter(services: Services, id: string): Promise<boolean> {
  return deleteDeadLetter(services.registry, id);
}

/** Takes an item away for good that nobody could use. @returns whether there was one */
export function discardUnrouted(services: Services, shard: string, id: string): Promise<boolean> {
  return deleteUnrouted(services.shard(shard), id);
}
