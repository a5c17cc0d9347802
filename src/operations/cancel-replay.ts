import { AppError } from "../errors.ts";
import { log } from "../lib/log.ts";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { Replay } from "../durable/endpoint-types.ts";
import type { Services } from "../services.ts";

/**
 * Ends a replay before its time; one that is over stays as it is.
 *
 * @throws AppError not_found
 */
export async function cancelReplay(
  services: Services,
  { id, partner }: StoredEndpoint,
  replay: string,
): Promise<Replay> {
  const cancelled = await services.endpoint(id).cancelReplay(replay);
  if (cancelled === null) throw noReplay();
  log.info("endpoint.changed", { endpoint: id, partner, action: "replay.cancel" });
  return cancelled;
}

export function noReplay(): AppError {
  return new AppError("not_found", "This endpoint has no replay with this id among its last 50.");
}
