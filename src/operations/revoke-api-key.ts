import { findApiKey, revokeApiKey as endKey } from "../database/api-keys.ts";
import { forgetKey } from "./admit-key.ts";
import { isManager, lastManager } from "./last-manager.ts";
import { noKey } from "./rotate-api-key.ts";
import type { ApiKey } from "../database/api-keys.ts";
import type { Services } from "../services.ts";

/**
 * Ends a key for good; refused everywhere within 60 s.
 *
 * @param by the key that asks; null for an operator, who may end also the last one
 * @throws AppError not_found; conflict where nobody but operators could make keys any more
 */
export async function revokeApiKey(
  services: Services,
  input: { partner: string; id: string },
  by: ApiKey | null,
): Promise<void> {
  const now = services.now();
  const key = await findApiKey(services.registry, input.partner, input.id, now);
  if (key === null) throw noKey();
  const keepsManager = by !== null && isManager(key);
  if (!(await endKey(services.registry, input, { now, keepsManager }))) {
    throw keepsManager ? lastManager() : noKey();
  }
  forgetKey(services, input.id);
}
