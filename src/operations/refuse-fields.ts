import type { GraphRefusal } from "./graph-answer.ts";

/** Fields that hold plain data, and may be asked for in part (protocol.md 1.8). */
const PLAIN = new Set([
  "components",
  "health_status",
  "quality_score",
  "throughput",
  "webhook_configuration",
]);
/** Edges that Graph also opens when they are named as a field. */
const EDGES = new Set([
  "assigned_users",
  "message_templates",
  "on_behalf_of_business_info",
  "owner_business",
  "phone_numbers",
  "subscribed_apps",
]);
/** Also as a member of a list, `fields[]=`: what Graph makes of one is not ours to guess. */
const FIELDS = /^fields(\[|$)/i;
const BRACKETS = /[{(][^{}()]*[})]/g;

/**
 * `fields` can walk from node to node (`a{b{c}}`, `a.limit(5)`), further than one partner's numbers
 * go: a token may cover accounts of several. So only plain data may be asked for in part.
 */
export function refuseFields(query: [string, string][]): GraphRefusal | null {
  for (const [name, value] of query) {
    const fault = FIELDS.test(name) ? findWalk(value) : undefined;
    if (fault === undefined) continue;
    return {
      status: 400,
      code: 100,
      title: "Invalid parameter",
      details: `fields: "${fault}" leads to other objects. Ask for it by its own address, such as /{waba_id}/phone_numbers.`,
    };
  }
  return null;
}

function findWalk(fields: string): string | undefined {
  let flat = fields;
  while (flat.search(BRACKETS) >= 0) flat = flat.replace(BRACKETS, "!");
  for (const field of flat.split(",")) {
    const head = /^\s*(\w*)\s*$/.exec(field)?.[1]; // plain: a name and nothing behind it
    const name = /\w+/.exec(field)?.[0] ?? field;
    if (head === undefined ? !PLAIN.has(name) : EDGES.has(name)) return name;
  }
  return undefined;
}
