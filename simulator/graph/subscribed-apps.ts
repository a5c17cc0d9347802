import { Hono } from "hono";
import type { World } from "../world.ts";
import { requireWaba } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import type { GraphEnv } from "./graph-env.ts";
import { readParams } from "./graph-env.ts";
import { checkOverride } from "./nodes.ts";

/** Whether the app gets a WABA's webhooks, and where (protocol.md 1.6). */
export function subscribedAppsRoutes(world: World) {
  return new Hono<GraphEnv>()
    .use("/:wabaId/subscribed_apps", faulty(world, "subscribedApps"))
    .get("/:wabaId/subscribed_apps", (c) => {
      const business = requireWaba(world, c, c.req.param("wabaId"));
      const { appId } = world.settings;
      const override = business.wabaOverride
        ? { override_callback_uri: business.wabaOverride }
        : {};
      const app = {
        id: appId,
        link: `https://www.facebook.com/games/?app_id=${appId}`,
        name: "Partner app",
      };
      return c.json({
        data: business.isSubscribed ? [{ whatsapp_business_api_data: app, ...override }] : [],
      });
    })
    .post("/:wabaId/subscribed_apps", async (c) => {
      const business = requireWaba(world, c, c.req.param("wabaId"));
      const { override_callback_uri: uri, verify_token: token } = await readParams(c);
      // Without a body an override that was there ends.
      if (uri === undefined) delete business.wabaOverride;
      else business.wabaOverride = await checkOverride(world, uri, token);
      business.isSubscribed = true;
      return c.json({ success: true });
    })
    .delete("/:wabaId/subscribed_apps", (c) => {
      requireWaba(world, c, c.req.param("wabaId")).isSubscribed = false;
      return c.json({ success: true });
    });
}
