import { Hono } from "../../lib/hono.ts";
import { browserHeaders } from "../../routes/browser-headers.ts";
import type { AppContext } from "../../env.ts";

/** Scripts and styles of the pages. The name holds a hash of the content: kept for ever. */
export const assetRoutes = new Hono<AppContext>().use(browserHeaders()).get("/:file", async (c) => {
  const found = await c.env.ASSETS.fetch(c.req.raw);
  if (!found.ok) return c.notFound();
  // Its own headers cannot be added to.
  const asset = new Response(found.body, found);
  asset.headers.set("cache-control", "public, max-age=31536000, immutable");
  return asset;
});
