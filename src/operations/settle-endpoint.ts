import { deleteEndpoint, findEndpoint, markConfigured } from "../database/endpoints.ts";
import { errorKind, log } from "../lib/log.ts";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { EndpointConfig } from "../durable/endpoint-types.ts";
import type { Services } from "../services.ts";

/** Changes that come while the object learns the one before; more of them are the sweep's. */
const TRIES = 3;

/**
 * Makes an endpoint's object be what the registry says: configured, or ended. Called after every
 * change, by the sweep for what was cut short, and safe at any time: what the object was told is
 * noted only if the row is still the same, so a late call cannot bring an older word or a removed
 * endpoint back for good.
 *
 * @returns false where the object could not be told; the sweep does it then
 */
export async function settleEndpoint(services: Services, id: string): Promise<boolean> {
  try {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const endpoint = await findEndpoint(services.registry, id);
      if (endpoint === null || endpoint.state === "removing") {
        await services.endpoint(id).remove();
        await deleteEndpoint(services.registry, id);
        return true;
      }
      await services.endpoint(id).configure(configOf(endpoint));
      if (await markConfigured(services.registry, id, endpoint.version)) return true;
    }
  } catch (err) {
    log.warn("endpoint.not_configured", { endpoint: id, error: errorKind(err) });
  }
  return false;
}

function configOf(endpoint: StoredEndpoint): EndpointConfig {
  const { id, version, partner, url, format, types, senders, ordered, maxPerSecond, secret } =
    endpoint;
  const { previousSecret: sealed, previousUntil: until, begins: from, state } = endpoint;
  return {
    id,
    version,
    partner,
    url,
    format,
    types,
    senders,
    ordered,
    maxPerSecond,
    // Whoever removes it ends the object instead.
    state: state === "removing" ? "disabled" : state,
    secret,
    previousSecret: sealed === null || until === null ? null : { sealed, until },
    from,
  };
}
