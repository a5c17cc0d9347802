import { Hono } from "../lib/hono.ts";
import { listApiKeys } from "../database/api-keys.ts";
import { newKeyId } from "../lib/api-key-text.ts";
import { changeApiKey } from "../operations/change-api-key.ts";
import { createApiKey } from "../operations/create-api-key.ts";
import { revokeApiKey } from "../operations/revoke-api-key.ts";
import { rotateApiKey } from "../operations/rotate-api-key.ts";
import { keyBody, keyChangeBody, readKeyChange, rotationBody, viewKey } from "./key-bodies.ts";
import { requirePartner } from "./require-partner.ts";
import { validateBody } from "./validate.ts";
import type { AppContext } from "../env.ts";

/**
 * A partner's own keys. A new one never has more than the key that makes it; its secret is in the
 * answer that makes it, and nowhere later.
 */
export const keyRoutes = new Hono<AppContext>()
  .use(requirePartner)
  .get("/", async (c) => {
    const keys = await listApiKeys(c.var.services.registry, c.var.partner, c.var.services.now());
    return c.json({ data: keys.map(viewKey), next_cursor: null });
  })
  .post("/", validateBody(keyBody), async (c) => {
    const { name, ...body } = c.req.valid("json");
    const { text, key } = await createApiKey(
      c.var.services,
      { id: newKeyId(), partner: c.var.partner, name, ...readKeyChange(body) },
      c.var.key,
    );
    return c.json({ ...viewKey(key), key: text }, 201);
  })
  .patch("/:key", validateBody(keyChangeBody), async (c) => {
    const { services, partner, key } = c.var;
    const change = readKeyChange(c.req.valid("json"));
    const id = c.req.param("key");
    return c.json(viewKey(await changeApiKey(services, { partner, id }, change, key)));
  })
  .post("/:key/rotate", validateBody(rotationBody, { optional: true }), async (c) => {
    const { services, partner } = c.var;
    const { overlapMs } = c.req.valid("json");
    const input = { partner, id: c.req.param("key"), overlapMs };
    const { text, key } = await rotateApiKey(services, input, c.var.key);
    return c.json({ ...viewKey(key), key: text });
  })
  .delete("/:key", async (c) => {
    const { services, partner, key } = c.var;
    await revokeApiKey(services, { partner, id: c.req.param("key") }, key);
    return c.body(null, 204);
  });
