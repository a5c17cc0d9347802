import { Hono } from "../lib/hono.ts";
import { COMPANIONS, FEATURES, HISTORY, OLDEST_APP_VERSION } from "../lib/features.ts";
import { pickTexts } from "../pages/connect/texts/pick-texts.ts";
import type { AppContext } from "../env.ts";

/**
 * What changes in the WhatsApp Business app once its number is connected: the same table as on the
 * owner's page, in the caller's language. Nobody's data: no key is asked for.
 */
export const featureRoutes = new Hono<AppContext>().get("/", async (c) => {
  const wanted = c.req.query("locale") ?? null;
  const texts = await pickTexts(c.var.services, wanted, c.req.header("accept-language"));
  const { app, api } = texts.changes;
  c.header("cache-control", "public, max-age=3600");
  c.header("vary", "accept-language");
  return c.json({
    locale: texts.lang,
    oldest_app_version: OLDEST_APP_VERSION,
    history: { days: HISTORY.days, media_days: HISTORY.mediaDays },
    companions: COMPANIONS,
    data: FEATURES.map((feature) => ({
      id: feature.id,
      name: texts.features[feature.id].name,
      app: { change: feature.app, label: app[feature.app], detail: texts.features[feature.id].app },
      api: {
        support: feature.api,
        label: api[feature.api],
        detail: texts.features[feature.id].api,
      },
    })),
  });
});
