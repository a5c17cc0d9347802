import { findApiKey, updateApiKey } from "../database/api-keys.ts";
import { forgetKey } from "./admit-key.ts";
import { checkGrant, outlives, refuseScopesBeyond } from "./check-grant.ts";
import { isManager, lastManager } from "./last-manager.ts";
import { noKey } from "./rotate-api-key.ts";
import type { ApiKey, KeyChange } from "../database/api-keys.ts";
import type { Services } from "../services.ts";

/**
 * Changes a key's name, or what it may do; known everywhere within 60 s.
 *
 * @param by the key that asks; null for an operator
 * @throws AppError not_found; forbidden or invalid_request where it would have more than `by`;
 *   conflict where nobody but operators could make keys any more
 */
export async function changeApiKey(
  services: Services,
  input: { partner: string; id: string },
  change: KeyChange,
  by: ApiKey | null,
): Promise<ApiKey> {
  const now = services.now();
  const key = await findApiKey(services.registry, input.partner, input.id, now);
  if (key === null) throw noKey();
  const added = change.scopes?.filter((scope) => !key.scopes.includes(scope));
  const granted = added === undefined ? change : { ...change, scopes: added };
  await checkGrant(services, input.partner, granted, by);
  if (by !== null && grows(key, change)) refuseScopesBeyond(key.scopes, by);
  const changed = { ...key, ...change };
  const keepsManager = by !== null && isManager(key) && !isManager(changed);
  if (!(await updateApiKey(services.registry, input, change, { now, keepsManager }))) {
    throw keepsManager ? lastManager() : noKey();
  }
  forgetKey(services, input.id);
  return changed;
}

/** Whether a key would reach more senders, or hold longer. */
function grows(key: ApiKey, { senders, expiresAt }: KeyChange): boolean {
  const known = key.senders;
  const reachesMore =
    senders !== undefined &&
    known !== null &&
    (senders === null || senders.some((id) => !known.includes(id)));
  return reachesMore || (expiresAt !== undefined && outlives(expiresAt, key.expiresAt));
}
