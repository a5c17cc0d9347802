import { appendEvents, hasAdded } from "../database/append-events.ts";
import { ownerOf } from "./media-events.ts";
import { settledHome } from "./settled-home.ts";
import type { BatchRest, NewEvent } from "../database/append-events.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/**
 * Writes what happened to a sender and the events that tell it, in one batch, and rings the
 * partner's endpoints where it was news: the way of everything that does not come by a flush.
 */
export async function tell(
  services: Services,
  sender: Sender,
  events: readonly NewEvent[],
  rest: BatchRest = {},
): Promise<void> {
  const database = await settledHome(services, sender);
  const results = await database.batch(appendEvents(database, ownerOf(sender), events, rest));
  if (hasAdded(results)) await services.ring(sender.partner, sender.shard);
}
