import { insertMove, isBeingErased } from "../database/moves.ts";
import { AppError } from "../errors.ts";
import { newId } from "../lib/ids.ts";
import type { Move } from "../database/moves.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/**
 * Begins to move a sender to another shard: from here on it happens by itself (run-move.ts). Webhooks
 * are acked and sends go on meanwhile; what is new can be read a few minutes later.
 *
 * @throws AppError invalid_request for a shard that is not there, conflict where it cannot be moved now
 */
export async function moveSender(
  services: Services,
  sender: Sender,
  shard: string,
  operator: string,
): Promise<Move> {
  if (!services.shards.some((name) => name === shard)) {
    throw new AppError("invalid_request", `shard: there are ${services.shards.join(", ")}.`, {
      field: "shard",
    });
  }
  if (sender.shard === shard) {
    throw new AppError("conflict", `The number is in ${shard} already.`, { reason: "there" });
  }
  if (await isBeingErased(services.registry, sender.key)) {
    throw new AppError("conflict", "Something of the number is being erased: move it after that.", {
      reason: "erasing",
    });
  }
  const move: Move = {
    id: newId("move"),
    sender: sender.key,
    fromShard: sender.shard,
    toShard: shard,
    operator,
    state: "running",
    step: "quiet",
    place: null,
    fence: null,
    counts: {},
    attempts: 0,
    createdAt: services.now(),
    endedAt: null,
  };
  if (!(await insertMove(services.registry, move))) {
    throw new AppError("conflict", "The number is being moved already.", { reason: "moving" });
  }
  return move;
}
