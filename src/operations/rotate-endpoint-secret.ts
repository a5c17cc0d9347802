import { replaceSecret } from "../database/endpoints.ts";
import { AppError } from "../errors.ts";
import { log } from "../lib/log.ts";
import { newEndpointSecret } from "./new-endpoint-secret.ts";
import { settleEndpoint } from "./settle-endpoint.ts";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { Services } from "../services.ts";

/**
 * Gives an endpoint a new secret. Until the overlap ends the one before signs as well; one that was
 * still in its own overlap ends now.
 *
 * @returns the new secret, the only time that it is seen, and until when the old one signs (epoch ms)
 */
export async function rotateEndpointSecret(
  services: Services,
  { id, partner }: StoredEndpoint,
  overlapMs: number,
): Promise<{ secret: string; previousUntil: number | null }> {
  const { secret, sealed } = await newEndpointSecret(services, partner, id);
  const previousUntil = overlapMs === 0 ? null : services.now() + overlapMs;
  if (!(await replaceSecret(services.registry, id, sealed, previousUntil))) {
    throw new AppError("not_found", "There is no endpoint with this id.");
  }
  await settleEndpoint(services, id);
  log.info("endpoint.changed", { endpoint: id, partner, action: "rotate" });
  return { secret, previousUntil };
}
