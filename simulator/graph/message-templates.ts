import { Hono } from "hono";
import { templatesOf } from "../live/templates.ts";
import type { Template, World } from "../world.ts";
import { requireWaba } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphEnv } from "./graph-env.ts";
import { readParams, textOf } from "./graph-env.ts";
import { pageOf } from "./paging.ts";

/** A list in pages; a new template is approved at once. */
export function templateRoutes(world: World) {
  return new Hono<GraphEnv>()
    .use("/:wabaId/message_templates", faulty(world, "templates"))
    .get("/:wabaId/message_templates", (c) => {
      const name = c.req.query("name");
      const list = templatesOf(world, requireWaba(world, c, c.req.param("wabaId")));
      const found = list.filter((template) => !name || template.name === name);
      return c.json(pageOf(world, c, found));
    })
    .post("/:wabaId/message_templates", async (c) => {
      const list = templatesOf(world, requireWaba(world, c, c.req.param("wabaId")));
      const params = await readParams(c);
      const [name, language] = [textOf(params.name), textOf(params.language)];
      if (!name || !language || !/^[a-z0-9_]{1,512}$/.test(name)) {
        throw new GraphError({
          code: 100,
          details: "name (a-z, 0-9, _) and language are required",
        });
      }
      const template: Template = {
        id: `30${world.random.digits(13)}`,
        name,
        language,
        category: textOf(params.category) ?? "UTILITY",
        status: "APPROVED",
        components: Array.isArray(params.components) ? params.components : [],
      };
      list.push(template);
      return c.json({ id: template.id, status: template.status, category: template.category });
    })
    .delete("/:wabaId/message_templates", (c) => {
      const business = requireWaba(world, c, c.req.param("wabaId"));
      const { name, hsm_id: id } = c.req.query();
      const list = templatesOf(world, business);
      const rest = list.filter((template) => template.name !== name || (id && template.id !== id));
      if (rest.length === list.length)
        throw new GraphError({ code: 100, details: `No template '${name}'` });
      world.templates.set(business.wabaId, rest);
      return c.json({ success: true });
    });
}
