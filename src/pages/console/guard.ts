import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { isBehindAccess, readAccess } from "./access.ts";
import { readSession } from "./session.ts";
import { AppError } from "../../errors.ts";
import { noteRefusal } from "../../operations/note-refusal.ts";
import { browserHeaders } from "../../routes/browser-headers.ts";
import type { AppContext } from "../../env.ts";

/** Nothing of the console is framed, told to other sites, or runs what is not ours. */
export const consoleHeaders = browserHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    connectSrc: ["'self'"],
    imgSrc: ["'self'", "data:", "https:"], // partners' logos
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  referrerPolicy: "same-origin", // stricter ones make browsers send forms with the origin "null"
});

const FORM_MAX_BYTES = 64_000;

/** The sign-in reads a form of anybody: what it holds in memory must be small. */
export const smallForms = bodyLimit({
  maxSize: FORM_MAX_BYTES,
  onError: () => {
    throw new AppError("body_too_large", `A form may have ${FORM_MAX_BYTES} bytes.`);
  },
});

/** And nothing is kept by browsers. */
export const neverStored = createMiddleware<AppContext>(async (c, next) => {
  await next();
  c.header("cache-control", "no-store, no-transform"); // a zone may rewrite what it passes on
});

/**
 * A change is asked for by the console's own pages alone. The cookie is SameSite=Strict; Access's is
 * not, and browsers differ: so the origin is checked as well, and one that is not named is refused.
 */
export const ownOrigin = createMiddleware<AppContext>(async (c, next) => {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") {
    const own = [c.req.url, c.var.services.settings.PUBLIC_URL].map((url) => new URL(url).origin);
    if (!own.includes(c.req.header("origin") ?? "")) {
      throw new AppError("forbidden", "This was not sent by a page of the console.");
    }
  }
  await next();
});

const letIn = (needsSignOuts: boolean) =>
  createMiddleware<AppContext>(async (c, next) => {
    const { settings, now } = c.var.services;
    const access = isBehindAccess(settings);
    const operator = access
      ? await readAccess(settings, c.req.header("cf-access-jwt-assertion"), now())
      : await readSession(c, needsSignOuts);
    if (operator !== null) {
      c.set("operator", operator);
      return next();
    }
    if (access) {
      await noteRefusal(c.var.services, "access");
      throw new AppError("unauthorized", "Cloudflare Access did not vouch for you.");
    }
    if (c.req.method !== "GET") throw new AppError("unauthorized", "Sign in, and do it again.");
    // The page's own script is told, and does not take the form for the page.
    if (c.req.header("x-live") !== undefined) return c.body(null, 401);
    return c.redirect("/console/sign-in", 303);
  });

/** Lets an operator in, by Access where that is configured, else by the sign-in's cookie. */
export const requireSession = letIn(true);

/**
 * The same for the alarms, which are needed most while D1 is down: a cookie from before a sign-out
 * is taken then, for what these doors show and do without D1, and `isUncertain` says so: what they
 * show has no name and no detail.
 */
export const requireSessionForAlarms = letIn(false);
