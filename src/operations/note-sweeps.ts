import { readMark, writeMark } from "../database/marks.ts";
import type { Services } from "../services.ts";

const MARK = "sweeps.ran";
/** A mark is a billed row: noted at most so often. */
export const SWEPT_EVERY_MS = 5 * 60_000;

/** Notes that the sweeps ran, so that the doctor can tell a cron that stopped. */
export async function noteSweeps(services: Services): Promise<number> {
  const now = services.now();
  if (now - (await whenSwept(services)) >= SWEPT_EVERY_MS) {
    await writeMark(services.registry, MARK, String(now));
  }
  return 0;
}

/** When the sweeps ran last, to within five minutes, epoch ms; 0 where they never did. */
export async function whenSwept(services: Services): Promise<number> {
  return Number((await readMark(services.registry, MARK)) ?? 0);
}
