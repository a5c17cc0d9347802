import { Hono } from "hono";
import { NONCE, secureHeaders } from "hono/secure-headers";
import { ProblemsPage } from "./problems-page.tsx";
import { READER, ReaderPage } from "./reader-page.tsx";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";

/** The reader writes `style` attributes; scripts stay ours, and nothing leads to another host. */
const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", NONCE],
    styleSrcAttr: ["'unsafe-inline'"],
    connectSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    fontSrc: ["'self'", "data:"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  xFrameOptions: "DENY",
  referrerPolicy: "no-referrer",
});

/** What developers read: the API document, a reader for it, and what each problem means. */
export const docsRoutes = new Hono<AppContext & { Variables: { secureHeadersNonce: string } }>()
  .get("/openapi.json", secureHeaders(), async (c) => {
    const document = await serveFile(c, "public, max-age=300");
    // Whoever generates a client from it may do so in a browser.
    document.headers.set("access-control-allow-origin", "*");
    document.headers.set("cross-origin-resource-policy", "cross-origin");
    return document;
  })
  .get("/docs", headers, (c) => c.html(<ReaderPage nonce={c.get("secureHeadersNonce")} />))
  .get("/docs/problems", headers, (c) => c.html(<ProblemsPage />))
  .get(READER, secureHeaders(), (c) => serveFile(c, "public, max-age=31536000, immutable"));

/** A file of public/, whose own headers cannot be added to. */
async function serveFile(c: Context, keep: string): Promise<Response> {
  const found = await (c.env as Env).ASSETS.fetch(c.req.raw);
  const file = new Response(found.body, found);
  file.headers.set("cache-control", keep);
  return file;
}
