import { createMiddleware } from "hono/factory";
import { browserHeaders } from "../../routes/browser-headers.ts";
import type { AppContext } from "../../env.ts";

/**
 * COOP lets Meta's popup keep its opener, or its messages would never come (the stricter
 * `same-origin` cuts them off); the link is a key, so it leaves by no referrer and stays in no
 * cache or index.
 */
export const connectHeaders = browserHeaders({
  crossOriginOpenerPolicy: "same-origin-allow-popups",
});

export const neverKept = createMiddleware<AppContext>(async function neverKept(c, next) {
  await next();
  c.header("cache-control", "no-store, no-transform");
  c.header("x-robots-tag", "noindex, nofollow");
});

/**
 * The page's content policy: no inline script or style; scripts of ours and of Meta's SDK, which
 * talks to facebook.com and opens hidden frames of it; one picture, the partner's logo.
 *
 * @param sdkUrl FACEBOOK_SDK_URL
 * @param logoUrl the partner's logo, https
 */
export function contentPolicy(sdkUrl: string, logoUrl: string | null): string {
  const sdk = new URL(sdkUrl).origin;
  const meta = `https://facebook.com https://*.facebook.com`;
  const logo = logoUrl === null ? "" : sourceOf(logoUrl);
  return [
    "default-src 'none'",
    `script-src 'self' ${sdk}`,
    "style-src 'self'",
    `img-src 'self' data: ${meta}${logo}`,
    `connect-src 'self' ${sdk} ${meta}`,
    `frame-src ${sdk} ${meta}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** A host may hold `;`, `,` or `*` by the URL standard; in a policy those say something else. */
function sourceOf(url: string): string {
  const { origin } = new URL(url);
  return /^https:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin) ? ` ${origin}` : "";
}
