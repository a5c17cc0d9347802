import { Hono } from "../lib/hono.ts";
import { listApiKeys } from "../database/api-keys.ts";
import { partnerExists } from "../database/partners.ts";
import { AppError } from "../errors.ts";
import { keyIdOf, newKeyId } from "../lib/api-key-text.ts";
import { changeApiKey } from "../operations/change-api-key.ts";
import { createApiKey } from "../operations/create-api-key.ts";
import { doNoted } from "../operations/note-audit.ts";
import { revokeApiKey } from "../operations/revoke-api-key.ts";
import { rotateApiKey } from "../operations/rotate-api-key.ts";
import { adminKeyBody, keyChangeBody, readKeyChange, rotationBody, viewKey } from "./key-bodies.ts";
import { requireOperator } from "./require-operator.ts";
import { validateBody } from "./validate.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { Deed } from "../lib/audit-actions.ts";

/** Any partner's keys, for operators. Every change is in the audit. */
export const adminKeyRoutes = new Hono<AppContext>()
  .use(requireOperator)
  .get("/:id/keys", async (c) => {
    const { registry, now } = c.var.services;
    const keys = await listApiKeys(registry, await partnerOf(c), now());
    return c.json({ data: keys.map(viewKey), next_cursor: null });
  })
  .post("/:id/keys", validateBody(adminKeyBody, { optional: true }), async (c) => {
    const { name = null, ...body } = c.req.valid("json");
    const partner = await partnerOf(c);
    const id = newKeyId();
    const { text, key } = await doing(c, "key.create", partner, id, () =>
      createApiKey(c.var.services, { id, partner, name, ...readKeyChange(body) }),
    );
    return c.json({ ...viewKey(key), key: text }, 201);
  })
  .patch("/:id/keys/:key", validateBody(keyChangeBody), async (c) => {
    const change = readKeyChange(c.req.valid("json"));
    const [partner, id] = [await partnerOf(c), c.req.param("key")];
    const key = await doing(c, "key.change", partner, id, () =>
      changeApiKey(c.var.services, { partner, id }, change, null),
    );
    return c.json(viewKey(key));
  })
  .post("/:id/keys/:key/rotate", validateBody(rotationBody, { optional: true }), async (c) => {
    const { overlapMs } = c.req.valid("json");
    const [partner, id] = [await partnerOf(c), c.req.param("key")];
    const { text, key } = await doing(c, "key.rotate", partner, id, () =>
      rotateApiKey(c.var.services, { partner, id, overlapMs }, null),
    );
    return c.json({ ...viewKey(key), key: text });
  })
  .delete("/:id/keys/:key", async (c) => {
    const [partner, id] = [await partnerOf(c), c.req.param("key")];
    await doing(c, "key.revoke", partner, id, () =>
      revokeApiKey(c.var.services, { partner, id }, null),
    );
    return c.body(null, 204);
  });

function doing<T>(
  c: Context<AppContext>,
  action: Deed,
  partner: string,
  key: string,
  deed: () => Promise<T>,
): Promise<T> {
  const { services, operator } = c.var;
  return doNoted(services, { operator, action, partner, detail: keyIdOf(key) }, deed);
}

async function partnerOf(c: Context<AppContext>): Promise<string> {
  const partner = c.req.param("id") ?? "";
  if (await partnerExists(c.var.services.registry, partner)) return partner;
  throw new AppError("not_found", "There is no partner with this id.");
}
