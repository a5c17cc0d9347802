import { readHead } from "../database/positions.ts";
import { SHARDS } from "../database/shards.ts";
import { errorKind, log } from "../lib/log.ts";
import type { EndpointFigures } from "../durable/endpoint-types.ts";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { Services } from "../services.ts";

export type EndpointStanding = EndpointFigures & {
  /** Events between where it is and the newest, also those it does not want. */
  owed: number;
};

/** How an endpoint stands; null where its object does not answer now. */
export async function readEndpointFigures(
  services: Services,
  { id, partner }: Pick<StoredEndpoint, "id" | "partner">,
): Promise<EndpointStanding | null> {
  try {
    const [figures, ...behind] = await Promise.all([
      services.endpoint(id).figures(),
      ...SHARDS.map(async (shard) => ({
        shard,
        head: await readHead(services.shard(shard), partner),
      })),
    ]);
    // A shard that it was not told of yet begins at its head.
    const owed = behind.reduce(
      (sum, { shard, head }) => sum + Math.max(0, head - (figures.reached[shard] ?? head)),
      0,
    );
    return { ...figures, owed };
  } catch (err) {
    log.warn("object.failed", { endpoint: id, error: errorKind(err) });
    return null;
  }
}
