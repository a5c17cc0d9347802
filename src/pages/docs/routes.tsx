import { Hono } from "../../lib/hono.ts";
import { ProblemsPage } from "./problems-page.tsx";
import { READER, ReaderPage } from "./reader-page.tsx";
import { browserHeaders } from "../../routes/browser-headers.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";

/**
 * Scripts are ours alone, and nothing leads to another host. Styles the reader writes itself, as
 * elements (only the first of them takes a nonce) and as attributes.
 */
const headers = browserHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    connectSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    fontSrc: ["'self'", "data:"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
});

/** What developers read: the API document, a reader for it, and what each problem means. */
export const docsRoutes = new Hono<AppContext>()
  .get("/openapi.json", browserHeaders(), async (c) => {
    const document = await serveFile(c, "public, max-age=300");
    // Whoever generates a client from it may do so in a browser.
    document.headers.set("access-control-allow-origin", "*");
    document.headers.set("cross-origin-resource-policy", "cross-origin");
    return document;
  })
  .get("/docs", headers, (c) => c.html(<ReaderPage />))
  .get("/docs/problems", headers, (c) => c.html(<ProblemsPage />))
  .get(READER, browserHeaders(), (c) => serveFile(c, "public, max-age=31536000, immutable"));

/** A file of public/, whose own headers cannot be added to. */
async function serveFile(c: Context<AppContext>, keep: string): Promise<Response> {
  const found = await c.env.ASSETS.fetch(c.req.raw);
  const file = new Response(found.body, found);
  file.headers.set("cache-control", keep);
  return file;
}
