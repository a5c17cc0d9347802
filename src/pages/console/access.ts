import { verifyWithJwks } from "hono/utils/jwt/jwt";
import * as z from "zod";
import { errorKind, log } from "../../lib/log.ts";
import type { Settings } from "../../env.ts";

/** Cloudflare keeps a key for weeks; a new one is fetched when a token names it. */
const KEYS_MS = 3_600_000;
/** How often tokens that name unknown keys may make us ask. */
const ASK_AGAIN_MS = 10_000;
const TIMEOUT_MS = 5_000;

const certs = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) });
type Key = z.infer<typeof certs>["keys"][number];
const claims = z.object({
  email: z.string().min(1).optional(),
  common_name: z.string().min(1).optional(),
});
const kept = new Map<string, { at: number; keys: Key[] }>();

/** Whether Cloudflare Access guards the console: then a token of an operator opens nothing there. */
export function isBehindAccess(settings: Settings): boolean {
  return settings.ACCESS_TEAM_DOMAIN !== "" && settings.ACCESS_AUD !== "";
}

/**
 * Who a `Cf-Access-Jwt-Assertion` is of: the e-mail address, or the name of a service token. Checked
 * as Cloudflare says: RS256 by the team's published keys, its issuer, this application's audience,
 * not expired (developers.cloudflare.com, "Validate JWTs").
 *
 * @returns null for a token that does not hold, or while the team's keys cannot be read
 */
export async function readAccess(
  settings: Settings,
  token: string | undefined,
  now: number,
): Promise<string | null> {
  if (token === undefined) return null;
  const team = settings.ACCESS_TEAM_DOMAIN.replace(/\/$/, "");
  for (const renew of [false, true]) {
    try {
      const payload = await verifyWithJwks(token, {
        keys: await readKeys(team, now, renew),
        allowedAlgorithms: ["RS256"],
        verification: { iss: team, aud: settings.ACCESS_AUD },
      });
      const { email, common_name: service } = claims.parse(payload);
      // Without an `exp` a token would hold for ever.
      return typeof payload.exp === "number" ? (email ?? service ?? null) : null;
    } catch (err) {
      const isUnknownKey = err instanceof Error && err.name === "JwtTokenInvalid";
      if (!renew && isUnknownKey) continue; // the team has another key by now, perhaps
      log.warn("console.refused", { reason: "access", error: errorKind(err) });
      return null;
    }
  }
  return null;
}

async function readKeys(team: string, now: number, renew: boolean): Promise<Key[]> {
  const known = kept.get(team);
  if (known !== undefined && now - known.at < (renew ? ASK_AGAIN_MS : KEYS_MS)) return known.keys;
  const response = await fetch(`${team}/cdn-cgi/access/certs`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`Access certs: ${response.status}`);
  const { keys } = certs.parse(await response.json());
  kept.set(team, { at: now, keys });
  return keys;
}
