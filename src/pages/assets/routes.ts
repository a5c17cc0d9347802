import { Hono } from "hono";
import { ASSETS } from "./built.ts";
import { AppError } from "../../errors.ts";
import type { AppContext } from "../../env.ts";

const byPath = new Map<string, { type: string; text: string }>(
  Object.values(ASSETS).map(({ path, type, text }) => [path, { type, text }]),
);

/** Scripts and styles of the pages. Their names hold a hash of them, so they are kept for ever. */
export const assetRoutes = new Hono<AppContext>().get("/:name", (c) => {
  const asset = byPath.get(`/assets/${c.req.param("name")}`);
  if (asset === undefined) throw new AppError("not_found", "There is no such file.");
  return c.body(asset.text, 200, {
    "content-type": asset.type,
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
  });
});
