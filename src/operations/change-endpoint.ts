import { updateEndpoint } from "../database/endpoints.ts";
import { AppError } from "../errors.ts";
import { log } from "../lib/log.ts";
import { checkEndpointFilter } from "./check-endpoint-filter.ts";
import { checkEndpointUrl } from "./check-endpoint-url.ts";
import { settleEndpoint } from "./settle-endpoint.ts";
import { verifyEndpoint } from "./verify-endpoint.ts";
import type { EndpointChanges, StoredEndpoint } from "../database/endpoints.ts";
import type { Services } from "../services.ts";

/**
 * Changes an endpoint. What it was told and what it is owed stays: one that is enabled again goes on
 * from where it was.
 *
 * @param by who pauses, disables or enables it
 * @param verifyToken where the receiver is to be asked as Meta asks
 * @throws AppError naming the field; conflict where a partner would undo what an operator did; or
 *   not_found where it was removed meanwhile
 */
export async function changeEndpoint(
  services: Services,
  endpoint: StoredEndpoint,
  changes: EndpointChanges,
  by: "partner" | "operator",
  verifyToken: string | null = null,
): Promise<StoredEndpoint> {
  if (by === "partner" && changes.state !== undefined) refuseHeld(endpoint);
  await checkEndpointFilter(services, endpoint.partner, changes);
  const url = changes.url === undefined ? undefined : await checkEndpointUrl(services, changes.url);
  if (verifyToken !== null) {
    // Asking is calling: an address that was public when it was registered may lead inside by now.
    await verifyEndpoint(url ?? (await checkEndpointUrl(services, endpoint.url)), verifyToken);
  }
  const { state } = changes;
  const wanted: EndpointChanges = {
    ...changes,
    ...(url === undefined ? {} : { url }),
    ...(state === undefined ? {} : { stateReason: state === "enabled" ? null : by }),
  };
  const changed = await updateEndpoint(services.registry, endpoint.id, wanted, services.now());
  if (changed === null) throw new AppError("not_found", "There is no endpoint with this id.");
  services.forgetEndpoints(endpoint.partner);
  await settleEndpoint(services, endpoint.id);
  log.info("endpoint.changed", {
    endpoint: endpoint.id,
    partner: endpoint.partner,
    action: "change",
  });
  return changed;
}

/** An operator had a reason, and wrote it into the audit; the partner may ask. */
function refuseHeld({ state, stateReason }: StoredEndpoint): void {
  if (state === "enabled" || stateReason !== "operator") return;
  throw new AppError(
    "conflict",
    "state: the operator of the gateway has paused this endpoint: ask them to enable it.",
    { field: "state", reason: "held_by_operator" },
  );
}
