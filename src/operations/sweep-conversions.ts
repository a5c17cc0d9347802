import { giveUpIntents } from "../database/conversions.ts";
import { unknownConversion } from "../meta/conversion-event.ts";
import { sweepShards } from "./sweep-each.ts";
import type { Services } from "../services.ts";

/** A call to Meta ends after 30 s; one that is settled later all the same is taken at its word. */
const REPORTED_WITHIN_MS = 2 * 60_000;

/**
 * Conversions whose Worker died over the report: Meta may have counted them, so they are unknown, and
 * not sent again.
 *
 * @returns how many
 */
export function sweepConversions(services: Services): Promise<number> {
  const now = services.now();
  const error = unknownConversion("interrupted");
  return sweepShards(services, (database) =>
    giveUpIntents(database, now - REPORTED_WITHIN_MS, error, now),
  );
}
