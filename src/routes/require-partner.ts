import { createMiddleware } from "hono/factory";
import { findApiKey } from "../database/api-keys.ts";
import { AppError } from "../errors.ts";
import { keyDigest, sameSecret } from "../lib/secrets.ts";
import { limitRate } from "./limit-rate.ts";
import type { AppContext } from "../env.ts";

/** A revoked key stops within this time everywhere. */
const CACHE_MS = 30_000;
const CACHE_MAX = 1_000;
const cache = new Map<string, { partner: string; digest: string; until: number }>();

/** Lets a partner's key in (`Authorization: Bearer tdm_…`) and names the partner. */
export const requirePartner = createMiddleware<AppContext>(async (c, next) => {
  const bearer = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const [, id, secret] = /^tdm_([0-9a-z]+)_([0-9a-z]+)$/.exec(bearer) ?? [];
  if (id === undefined || secret === undefined) throw refused();
  const { registry, settings, now } = c.var.services;
  // Isolates live across databases in the tests, so the pepper is part of the name.
  const name = `${settings.API_KEY_PEPPER}:${id}`;
  let known = cache.get(name);
  if (known === undefined || known.until < now()) {
    const found = await findApiKey(registry, id);
    if (found === null) throw refused();
    known = { ...found, until: now() + CACHE_MS };
    if (cache.size >= CACHE_MAX) cache.clear();
    cache.set(name, known);
  }
  if (!sameSecret(known.digest, keyDigest(settings.API_KEY_PEPPER, secret))) throw refused();
  c.set("partner", known.partner);
  c.set("senders", null);
  limitRate(c, name);
  await next();
});

function refused(): AppError {
  return new AppError(
    "unauthorized",
    "Send a partner key as a Bearer token: Authorization: Bearer tdm_…",
  );
}
