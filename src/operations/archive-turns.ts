import { readMark, writeMark } from "../database/marks.ts";

/** A pointer that is on its way to its consumer gets this long before it counts as lost. */
export const LOST_AFTER_MS = 30_000;
/** What could not be used or delivered by then is given up: as long as Meta repeats, and a day more. */
export const GIVE_UP_MS = 8 * 24 * 3_600_000;

/** What one look at the archive came to. */
export interface Look {
  done: number;
  /** The key behind which it did not look; null: it saw all. */
  next: string | null;
}

/**
 * Looks at the archive from the oldest object on; where that is more than a look takes, those behind
 * have their turn too, since those in front may stay for days.
 *
 * @param mark keeps whose turn it is behind them
 * @param look from behind a key; null: from the front
 * @returns how many were done
 */
export async function lookInTurn(
  registry: D1Database,
  mark: string,
  look: (behind: string | null) => Promise<Look>,
): Promise<number> {
  const front = await look(null);
  if (front.next === null) return front.done;
  const reached = (await readMark(registry, mark)) ?? "";
  const rest = await look(reached > front.next ? reached : front.next);
  await writeMark(registry, mark, rest.next ?? "");
  return front.done + rest.done;
}
