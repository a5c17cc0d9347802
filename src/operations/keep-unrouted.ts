import { log } from "../lib/log.ts";
import type { Fact, Route } from "../meta/facts.ts";
import type { Services } from "../services.ts";

/** Keeps facts of no number we know, whole, in the registry; the same fact again is no new row. */
export async function keepUnrouted(services: Services, facts: Fact[], route: Route): Promise<void> {
  const now = services.now();
  const rows = facts.map((fact) => ({
    id: fact.key,
    field: "field" in fact ? fact.field : fact.kind,
    reason: fact.kind === "raw" ? fact.reason : reasonOf(route),
    route: route.by === "none" ? null : routeName(route),
    raw: JSON.stringify(fact),
    at: now,
  }));
  await services.registry
    .prepare(
      `INSERT INTO unrouted (id, field, reason, route, raw, at)
       SELECT value->>'id', value->>'field', value->>'reason', value->>'route', value->>'raw',
         value->>'at'
       FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`,
    )
    .bind(JSON.stringify(rows))
    .run();
  for (const [reason, some] of Map.groupBy(rows, (row) => row.reason)) {
    log.warn("webhook.unrouted", { reason, count: some.length });
  }
}

/** How a route is written in `unrouted.route`. */
export function routeName(route: Exclude<Route, { by: "none" }>): string {
  return `${route.by}:${route.value}`;
}

function reasonOf(route: Route): string {
  return route.by === "none" ? "no_number" : "unknown_number";
}
