import type { Business } from "../businesses.ts";
import { noAccess } from "../rules/refusal.ts";
import type { World } from "../world.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphContext } from "./graph-env.ts";

function tokenOf(c: GraphContext): string | undefined {
  const header = c.req.header("authorization");
  return header?.match(/^Bearer\s+(.+)$/i)?.[1] ?? c.req.query("access_token");
}

/** Bearer or `access_token`: a business token, the system token, or `APPID|APPSECRET`; else 190. */
export function requireToken(world: World, c: GraphContext): string {
  const token = tokenOf(c);
  const { systemToken } = world.settings;
  const isKnown = token === appToken(world) || token === systemToken;
  if (token && (isKnown || isAlive(world, token))) return token;
  throw new GraphError({
    code: 190,
    details: "Invalid OAuth access token: cannot parse access token",
  });
}

/** Of a signup, and not expired: 60 days where the configuration says so (protocol.md 1.4). */
export function isAlive(world: World, token: string): boolean {
  const issued = world.tokens.get(token);
  return issued !== undefined && (issued.expiresAt ?? Infinity) > world.clock.now();
}

export function appToken(world: World): string {
  return `${world.settings.appId}|${world.settings.appSecret}`;
}

export function requireAppToken(world: World, c: GraphContext): void {
  if (requireToken(world, c) === appToken(world)) return;
  throw new GraphError({ code: 100, details: "This call needs the app's own access token" });
}

/** Whether a token reaches a business now: granted in its signup, and not ended by the owner since. */
export function covers(world: World, token: string, business: Business): boolean {
  if (!business.isShared) return false;
  if (token === world.settings.systemToken) return true;
  return world.tokens.get(token)?.wabaIds.has(business.wabaId) === true;
}

/** The WABA of the path, if the caller's token reaches it; else 190 or 100/33 (protocol.md 3.6). */
export function requireWaba(world: World, c: GraphContext, wabaId: string): Business {
  return requireBusiness(world, c, wabaId, world.businesses.get(wabaId));
}

/** The number of the path, on the same terms. */
export function requireNumber(world: World, c: GraphContext, phoneNumberId: string): Business {
  return requireBusiness(world, c, phoneNumberId, world.numbers.get(phoneNumberId));
}

function requireBusiness(
  world: World,
  c: GraphContext,
  id: string,
  business: Business | undefined,
): Business {
  const token = requireToken(world, c);
  if (!business || !covers(world, token, business)) throw new GraphError(noAccess(id));
  return business;
}
