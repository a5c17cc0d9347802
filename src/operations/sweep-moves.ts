import { listDueMoves } from "../database/moves.ts";
import { runMove } from "./run-move.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 3;

/** Goes on with senders that move to another shard. @returns how many */
export async function sweepMoves(services: Services): Promise<number> {
  const due = await listDueMoves(services.registry, services.now(), AT_ONCE);
  for (const id of due) await runMove(services, id);
  return due.length;
}
