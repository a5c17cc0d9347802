import { markRemoving } from "../database/endpoints.ts";
import { log } from "../lib/log.ts";
import { settleEndpoint } from "./settle-endpoint.ts";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { Services } from "../services.ts";

/**
 * Ends an endpoint for good, with what it is owed and what is known of its deliveries. For its
 * partner it is gone at once; its object is emptied before its row goes, so nothing is left that
 * nobody knows of.
 */
export async function removeEndpoint(services: Services, endpoint: StoredEndpoint): Promise<void> {
  const { id, partner } = endpoint;
  await markRemoving(services.registry, id, services.now());
  services.forgetEndpoints(partner);
  await settleEndpoint(services, id);
  log.info("endpoint.changed", { endpoint: id, partner, action: "remove" });
}
