import { Hono } from "hono";
import { mintToken } from "../businesses.ts";
import { refuseCode } from "../rules/code-exchange.ts";
import { seesGrant } from "../rules/listing-lag.ts";
import type { World } from "../world.ts";
import { appToken, requireToken } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphEnv } from "./graph-env.ts";
import { readParams } from "./graph-env.ts";

const SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"];
/** The system user that shares credit lines has one more (protocol.md 1.7). */
const SYSTEM_SCOPES = [...SCOPES, "business_management"];

/** The code of a signup for a token (protocol.md 1.4), and what a token may do (protocol.md 1.5). */
export function oauthRoutes(world: World) {
  const { settings, clock } = world;
  return new Hono<GraphEnv>()
    .on(["GET", "POST"], "/oauth/access_token", faulty(world, "oauth"), async (c) => {
      const params = await readParams(c);
      if (params.client_id !== settings.appId || params.client_secret !== settings.appSecret) {
        throw new GraphError({ code: 1, details: "Error validating client secret" }, 400);
      }
      const code = world.codes.get(String(params.code));
      const refusal = refuseCode(code, clock.now());
      if (refusal || !code) throw new GraphError(refusal ?? { code: 100, details: "No code" });
      code.spentAt = clock.now();
      return c.json({ access_token: mintToken(world, code.wabaId), token_type: "bearer" });
    })
    .get("/debug_token", faulty(world, "debugToken"), (c) => {
      requireToken(world, c);
      const input = c.req.query("input_token") ?? "";
      const wabas = [...world.businesses.values()].filter(({ isShared }) => isShared);
      const granted =
        input === settings.systemToken
          ? wabas.map(({ wabaId }) => wabaId)
          : [...(world.tokens.get(input)?.wabaIds ?? [])];
      const isKnown = world.tokens.has(input) || input === settings.systemToken;
      if (!isKnown && input !== appToken(world)) {
        const error = { code: 190, message: "The access token could not be decrypted" };
        return c.json({ data: { error, is_valid: false, scopes: [] } });
      }
      // A WABA that its owner took back is no longer a target, though the token itself is valid.
      const targets = granted.filter((wabaId) => {
        const business = world.businesses.get(wabaId);
        return business?.isShared === true && seesGrant(business.lag.debugToken);
      });
      const expiresAt = world.tokens.get(input)?.expiresAt ?? null;
      return c.json({
        data: {
          app_id: settings.appId,
          type: isKnown ? "SYSTEM_USER" : "APP",
          application: "Simulated partner app",
          data_access_expires_at: 0,
          expires_at: expiresAt === null ? 0 : Math.floor(expiresAt / 1000),
          is_valid: expiresAt === null || expiresAt > clock.now(),
          issued_at: Math.floor((world.tokens.get(input)?.issuedAt ?? clock.now()) / 1000),
          scopes: input === settings.systemToken ? SYSTEM_SCOPES : isKnown ? SCOPES : [],
          granular_scopes: isKnown ? SCOPES.map((scope) => ({ scope, target_ids: targets })) : [],
        },
      });
    });
}
