import { arrivalOfKey, OVERFLOW } from "./archive-keys.ts";
import type { Services } from "../services.ts";

const LOST_AFTER_MS = 30_000;
const AT_ONCE = 200;

/** Points again at overflowed facts; what was delivered is not in the archive any more. */
export async function sweepOverflow(services: Services): Promise<number> {
  const { objects } = await services.archive.list({ prefix: OVERFLOW, limit: AT_ONCE });
  const before = services.now() - LOST_AFTER_MS;
  const stranded = objects.filter(({ key }) => arrivalOfKey(key) < before);
  for (const { key } of stranded) await services.queues.overflow.send({ key });
  return stranded.length;
}
