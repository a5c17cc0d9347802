import { requestIdField } from "../lib/request-id.ts";
import { arrivalOfKey, OVERFLOW } from "./archive-keys.ts";
import type { Services } from "../services.ts";

const LOST_AFTER_MS = 30_000;
const A_LIST = 200;
const LISTS_AT_ONCE = 5;

/** Points again at overflowed facts; what was delivered is not in the archive any more. */
export async function sweepOverflow(services: Services): Promise<number> {
  const before = services.now() - LOST_AFTER_MS;
  let found = 0;
  let cursor: string | undefined;
  for (let list = 0; list < LISTS_AT_ONCE; list++) {
    const listed = await services.archive.list({
      prefix: OVERFLOW,
      limit: A_LIST,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { key } of listed.objects.filter((object) => arrivalOfKey(object.key) < before)) {
      await services.queues.overflow.send({ key, ...requestIdField() });
      found += 1;
    }
    if (!listed.truncated) break;
    cursor = listed.cursor;
  }
  return found;
}
