import { listEndpoints } from "../database/endpoints.ts";
import type { Services } from "../services.ts";

/**
 * Has a partner's endpoints forget what they have read and not told yet, so that they read it as it is
 * now.
 *
 * @throws where one could not be reached: to be tried again
 */
export async function rereadEndpoints(services: Services, partner: string): Promise<void> {
  const endpoints = await listEndpoints(services.registry, partner);
  await Promise.all(endpoints.map(({ id }) => services.endpoint(id).reread()));
}
