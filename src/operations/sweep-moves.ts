import { listDueMoves } from "../database/moves.ts";
import { MOVE_QUERIES, runMove } from "./run-move.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 3;

/**
 * Goes on with senders that move to another shard. They share the queries of an invocation.
 *
 * @returns how many
 */
export async function sweepMoves(services: Services): Promise<number> {
  const due = await listDueMoves(services.registry, services.now(), AT_ONCE);
  const queries = Math.ceil(MOVE_QUERIES / due.length);
  for (const id of due) await runMove(services, id, queries);
  return due.length;
}
