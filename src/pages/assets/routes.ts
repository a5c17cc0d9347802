import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { ASSETS } from "./built.ts";
import type { AppContext } from "../../env.ts";

const byPath = new Map<string, (typeof ASSETS)[keyof typeof ASSETS]>(
  Object.values(ASSETS).map((asset) => [asset.path, asset]),
);

/** Scripts and styles of the pages. The name holds a hash of the content: kept for ever. */
export const assetRoutes = new Hono<AppContext>().use(secureHeaders()).get("/:file", (c) => {
  const asset = byPath.get(c.req.path);
  if (asset === undefined) return c.notFound();
  c.header("content-type", asset.type);
  c.header("cache-control", "public, max-age=31536000, immutable");
  return c.body(asset.text);
});
