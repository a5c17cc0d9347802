import { Hono } from "hono";
import { noAccess } from "../rules/refusal.ts";
import { verifyCallback } from "../webhooks/verify-callback.ts";
import type { World } from "../world.ts";
import { requireAppToken } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphEnv } from "./graph-env.ts";
import { readParams, textOf } from "./graph-env.ts";

/** Callback and fields of the app itself (protocol.md 1.6); takes the app token. */
export function subscriptionRoutes(world: World) {
  const { app, settings } = world;
  return new Hono<GraphEnv>()
    .use("/:appId/subscriptions", faulty(world, "subscriptions"), async (c, next) => {
      requireAppToken(world, c);
      if (c.req.param("appId") !== settings.appId)
        throw new GraphError(noAccess(c.req.param("appId") ?? ""));
      await next();
    })
    .get("/:appId/subscriptions", (c) => {
      const fields = [...app.fields].map((name) => ({ name, version: "v24.0" }));
      const subscription = {
        object: "whatsapp_business_account",
        callback_url: app.callbackUrl,
        active: true,
      };
      return c.json({ data: app.callbackUrl ? [{ ...subscription, fields }] : [] });
    })
    .post("/:appId/subscriptions", async (c) => {
      const params = await readParams(c);
      const callbackUrl = textOf(params.callback_url) ?? app.callbackUrl;
      if (params.object !== "whatsapp_business_account" || !callbackUrl) {
        throw new GraphError({ code: 100, details: "object and callback_url are required" });
      }
      const { ok, problem } = await verifyCallback(
        world,
        callbackUrl,
        textOf(params.verify_token) ?? "",
      );
      if (!ok)
        throw new GraphError({ code: 2200, details: `Callback verification failed: ${problem}` });
      app.callbackUrl = callbackUrl;
      for (const field of listOf(params.fields)) app.fields.add(field);
      return c.json({ success: true });
    });
}

function listOf(fields: unknown): string[] {
  if (Array.isArray(fields)) return fields.map(String);
  return typeof fields === "string" ? fields.split(",").map((field) => field.trim()) : [];
}
