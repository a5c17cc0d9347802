import { findHome } from "../database/moves.ts";
import { onTheMove } from "./erase-sender.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/**
 * The database that a sender's rows are written to, by whoever is not its object: asked right before
 * the write, since whoever has held the sender for long may have missed that it moves.
 *
 * @throws AppError unavailable while it moves, or where it has moved since: nothing was written, and
 *   the same call finds it later
 */
export async function settledHome(
  services: Services,
  sender: Pick<Sender, "key" | "shard">,
): Promise<D1Database> {
  const home = await findHome(services.registry, sender.key);
  if (home !== null && (home.move !== null || home.shard !== sender.shard)) throw onTheMove();
  return services.shard(sender.shard);
}
