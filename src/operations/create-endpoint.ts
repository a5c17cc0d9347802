import { insertEndpoint } from "../database/endpoints.ts";
import { positionBefore, readHead } from "../database/positions.ts";
import { AppError } from "../errors.ts";
import { newId } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import { checkEndpointUrl } from "./check-endpoint-url.ts";
import { checkEndpointFilter } from "./check-endpoint-filter.ts";
import { newEndpointSecret } from "./new-endpoint-secret.ts";
import { settleEndpoint } from "./settle-endpoint.ts";
import { verifyEndpoint } from "./verify-endpoint.ts";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { Services } from "../services.ts";

export const ENDPOINTS_MAX = 20;

export type NewEndpoint = Pick<
  StoredEndpoint,
  "partner" | "url" | "description" | "format" | "types" | "senders" | "ordered" | "maxPerSecond"
> & {
  /** "paused": what is told from its beginning on waits until it is enabled. */
  state: "enabled" | "paused";
  /** Epoch ms: its telling begins at the first event that is not older; null: now. */
  since: number | null;
  /** Of a `cloud_api` one: its receiver must know it. Used once, not kept. */
  verifyToken: string | null;
};

/**
 * Registers an endpoint and starts it. The row comes first: from then on it is owed what is told,
 * also where its object cannot be reached now.
 *
 * @returns the endpoint and its secret, the only time that it is seen
 * @throws AppError naming the field
 */
export async function createEndpoint(
  services: Services,
  { since, verifyToken, ...input }: NewEndpoint,
): Promise<{ endpoint: StoredEndpoint; secret: string }> {
  await checkEndpointFilter(services, input.partner, input);
  const url = await checkEndpointUrl(services, input.url);
  if (verifyToken !== null) await verifyEndpoint(url, verifyToken);
  const id = newId("endpoint");
  const { secret, sealed } = await newEndpointSecret(services, input.partner, id);
  const now = services.now();
  const endpoint: StoredEndpoint = {
    ...input,
    id,
    url,
    begins: await listBeginnings(services, input.partner, since),
    secret: sealed,
    previousSecret: null,
    previousUntil: null,
    stateReason: input.state === "paused" ? "partner" : null,
    stateAt: now,
    failingSince: null,
    lastError: null,
    createdAt: now,
    version: 1,
  };
  if (!(await insertEndpoint(services.registry, endpoint, ENDPOINTS_MAX))) {
    throw new AppError(
      "conflict",
      `A partner may have ${ENDPOINTS_MAX} endpoints: delete one that is not used any more.`,
    );
  }
  services.forgetEndpoints(input.partner);
  await settleEndpoint(services, id);
  log.info("endpoint.changed", { endpoint: id, partner: input.partner, action: "create" });
  return { endpoint, secret };
}

async function listBeginnings(
  services: Services,
  partner: string,
  since: number | null,
): Promise<Record<string, number>> {
  const positions = await Promise.all(
    services.shards.map(async (shard) => {
      const database = services.shard(shard);
      const position =
        since === null
          ? await readHead(database, partner)
          : await positionBefore(database, partner, since);
      return [shard, position] as const;
    }),
  );
  return Object.fromEntries(positions);
}
