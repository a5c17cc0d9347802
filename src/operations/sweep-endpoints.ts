import { listOpenEndpointsOf, listUnsettled } from "../database/endpoints.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { listActivePartners } from "../database/positions.ts";
import { errorKind, log } from "../lib/log.ts";
import { settleEndpoint } from "./settle-endpoint.ts";
import { SIDE_BY_SIDE, sweepEach, sweepShards } from "./sweep-each.ts";
import type { Services } from "../services.ts";

/** A ring that was lost longer ago is the object's own hourly look's. */
const RECENT_MS = 10 * 60_000;
/** Each takes three questions to D1. */
const SETTLED_AT_ONCE = 20;
const RUNG_AT_ONCE = 200;
const PARTNERS_AT_ONCE = 5_000;
const MARK = "sweep.endpoints";
const UNSETTLED_MARK = "sweep.endpoints.unsettled";

/**
 * Makes good what was lost on the way to endpoints' objects: a configuration or a removal that was
 * cut short, and rings after the last events. @returns how many were not settled
 */
export async function sweepEndpoints(services: Services): Promise<number> {
  const { registry } = services;
  const after = (await readMark(registry, UNSETTLED_MARK)) ?? "";
  const unsettled = await listUnsettled(registry, after, SETTLED_AT_ONCE);
  for (const id of unsettled) await settleEndpoint(services, id);
  const last = unsettled.length < SETTLED_AT_ONCE ? "" : (unsettled.at(-1) ?? "");
  if (last !== after) await writeMark(registry, UNSETTLED_MARK, last);
  await ringRecent(services);
  return unsettled.length;
}

/** Some at a time, by id: where there are more than fit, the next run goes on behind them. */
async function ringRecent(services: Services): Promise<void> {
  const since = services.now() - RECENT_MS;
  const shardsOf = new Map<string, string[]>();
  try {
    await sweepShards(services, async (database, shard) => {
      const partners = await listActivePartners(database, since, PARTNERS_AT_ONCE);
      for (const partner of partners)
        shardsOf.set(partner, [...(shardsOf.get(partner) ?? []), shard]);
      return partners.length;
    });
  } finally {
    if (shardsOf.size > 0) await ringAbout(services, shardsOf);
  }
}

async function ringAbout(services: Services, shardsOf: Map<string, string[]>): Promise<void> {
  const after = (await readMark(services.registry, MARK)) ?? "";
  const endpoints = await listOpenEndpointsOf(
    services.registry,
    [...shardsOf.keys()],
    after,
    RUNG_AT_ONCE,
  );
  const { visited } = await sweepEach(
    services,
    endpoints,
    async ({ id, partner }) => {
      for (const shard of shardsOf.get(partner) ?? []) await services.endpoint(id).ring(shard);
    },
    ({ id }, err) => log.warn("endpoint.not_rung", { endpoint: id, error: errorKind(err) }),
    SIDE_BY_SIDE,
  );
  const isOver = visited === endpoints.length && endpoints.length < RUNG_AT_ONCE;
  const last = isOver ? "" : (endpoints[visited - 1]?.id ?? after);
  if (last !== after) await writeMark(services.registry, MARK, last);
}
