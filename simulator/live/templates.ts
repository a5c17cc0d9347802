import type { Business } from "../businesses.ts";
import type { SendBody } from "../rules/message-body.ts";
import type { Refusal } from "../rules/refusal.ts";
import type { Template, World } from "../world.ts";

/** A WABA's templates; every new one starts with two that are approved. */
export function templatesOf(world: World, business: Business): Template[] {
  const known = world.templates.get(business.wabaId);
  if (known) return known;
  const list = ["hello_world", "order_update"].map((name): Template => ({
    id: `30${world.random.digits(13)}`,
    name,
    language: "en_US",
    category: "UTILITY",
    status: "APPROVED",
    components: [{ type: "BODY", text: "A message from our shop" }],
  }));
  world.templates.set(business.wabaId, list);
  return list;
}

/** 132001 for a template that this WABA does not have in this language (protocol.md 3.6). */
export function refuseTemplate(world: World, business: Business, body: SendBody): Refusal | null {
  if (body.type !== "template") return null;
  const { name, language } = body.template as { name?: string; language?: { code?: string } };
  const code = language?.code;
  const list = templatesOf(world, business);
  if (list.some((one) => one.name === name && one.language === code && one.status === "APPROVED")) {
    return null;
  }
  const there = list.map((one) => `${one.name} (${one.language})`).join(", ");
  return {
    code: 132001,
    details: `No approved template '${name}' in '${code}'; there are: ${there}`,
  };
}
