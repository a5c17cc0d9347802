import { AppError } from "../errors.ts";
import { newId, sha256Hex } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import { checkEndpointFilter } from "./check-endpoint-filter.ts";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { Replay } from "../durable/endpoint-types.ts";
import type { Services } from "../services.ts";

export interface WantedReplay {
  /** What its schedule gave up, or whatever the log still has. */
  of: "failed" | "range";
  /** By the events' own time, epoch ms; until null: now. */
  since: number;
  until: number | null;
  types: string[] | null;
  senders: string[] | null;
  /** Asked for again under the same key, it is the same replay. */
  idempotencyKey?: string | undefined;
}

/**
 * Has an endpoint told again what it was told, or should have been.
 *
 * @throws AppError naming the field; conflict where too many replays wait
 */
export async function replayEndpoint(
  services: Services,
  { id, partner }: StoredEndpoint,
  { idempotencyKey, until, ...order }: WantedReplay,
): Promise<Replay> {
  await checkEndpointFilter(services, partner, order);
  const replay =
    idempotencyKey === undefined
      ? newId("replay")
      : `replay_${sha256Hex(`${id}|${idempotencyKey}`).slice(0, 24)}`;
  const told = await services
    .endpoint(id)
    .replay({ ...order, id: replay, until: until ?? services.now() });
  if (told === null) {
    throw new AppError(
      "conflict",
      "Many replays of this endpoint wait already, one after the other: order it when some are done.",
      { reason: "too_many_replays" },
    );
  }
  log.info("endpoint.changed", { endpoint: id, partner, action: `replay.${order.of}` });
  return told;
}
