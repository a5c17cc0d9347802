import { insertApiKey } from "../database/api-keys.ts";
import { randomText } from "../lib/ids.ts";
import { keyDigest } from "../lib/secrets.ts";
import type { Services } from "../services.ts";

/**
 * Makes a key of a partner, `tdm_<id>_<secret>`.
 *
 * @returns the key, the only time that it is seen: what is stored is an HMAC of the secret
 */
export async function createApiKey(
  services: Services,
  input: { partner: string; name: string | null },
): Promise<{ id: string; key: string }> {
  const id = randomText(60);
  const secret = randomText(160);
  await insertApiKey(services.registry, {
    id,
    partner: input.partner,
    name: input.name,
    digest: keyDigest(services.settings.API_KEY_PEPPER, secret),
    scopes: ["send", "read", "manage"],
    createdAt: services.now(),
  });
  return { id, key: `tdm_${id}_${secret}` };
}
