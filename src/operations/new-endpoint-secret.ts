import { endpointBinding } from "../lib/seal.ts";
import type { Sealed } from "../lib/seal.ts";
import type { Services } from "../services.ts";

const BYTES = 32;

/**
 * A fresh signing secret of an endpoint, in the form of Standard Webhooks.
 *
 * @returns as its partner sees it, once, and as it is kept
 */
export async function newEndpointSecret(
  services: Services,
  partner: string,
  endpoint: string,
): Promise<{ secret: string; sealed: Sealed }> {
  const random = crypto.getRandomValues(new Uint8Array(BYTES));
  const secret = `whsec_${Buffer.from(random).toString("base64")}`;
  const sealed = await services.vault.seal(secret, endpointBinding(partner, endpoint));
  return { secret, sealed };
}
