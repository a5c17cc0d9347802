import { giveUpIntents } from "../database/conversions.ts";
import { unknownConversion } from "../meta/conversion-event.ts";
import type { Services } from "../services.ts";

/** A call to Meta ends after 30 s; one that is settled later all the same is taken at its word. */
const REPORTED_WITHIN_MS = 2 * 60_000;

/**
 * Conversions whose Worker died over the report: Meta may have counted them, so they are unknown, and
 * not sent again.
 *
 * @returns how many
 */
export async function sweepConversions(services: Services): Promise<number> {
  const now = services.now();
  const error = unknownConversion("interrupted");
  let given = 0;
  for (const shard of services.shards) {
    given += await giveUpIntents(services.shard(shard), now - REPORTED_WITHIN_MS, error, now);
  }
  return given;
}
