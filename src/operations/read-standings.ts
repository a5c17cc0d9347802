import { readHeads } from "../database/positions.ts";
import { errorKind, log } from "../lib/log.ts";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { EndpointFigures } from "../durable/endpoint-types.ts";
import type { Services } from "../services.ts";

export type Standing = EndpointFigures & {
  /** Positions between where it is and the newest, also of events that it does not want. */
  owed: number;
};

/** How endpoints stand, in their order; null for one whose object does not answer now. */
export async function readStandings(
  services: Services,
  endpoints: readonly Pick<StoredEndpoint, "id" | "partner">[],
): Promise<(Standing | null)[]> {
  const partners = [...new Set(endpoints.map(({ partner }) => partner))];
  const heads = await Promise.all(
    services.shards.map(async (shard) => ({
      shard,
      of: await readHeads(services.shard(shard), partners),
    })),
  );
  return Promise.all(
    endpoints.map(async ({ id, partner }) => {
      const figures = await askFigures(services, id);
      if (figures === null) return null;
      const owed = heads.reduce((sum, { shard, of }) => {
        const head = of.get(partner) ?? 0;
        // A shard that came since it was made: all that is in it is owed.
        return sum + Math.max(0, head - (figures.reached[shard] ?? 0));
      }, 0);
      return { ...figures, owed };
    }),
  );
}

async function askFigures(services: Services, id: string): Promise<EndpointFigures | null> {
  try {
    return await services.endpoint(id).figures();
  } catch (err) {
    log.warn("object.unanswered", { endpoint: id, reason: "figures", error: errorKind(err) });
    return null;
  }
}
