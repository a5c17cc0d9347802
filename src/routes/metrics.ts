import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { writeGauges } from "../lib/prometheus.ts";
import { readMetrics } from "../operations/read-metrics.ts";
import { gaugesOf } from "./metric-gauges.ts";
import { requireOperator } from "./require-operator.ts";
import { validateQuery } from "./validate.ts";
import { iso } from "./views.ts";
import type { AppContext } from "../env.ts";
import type { Metrics } from "../operations/read-metrics.ts";

const query = z.object({ format: z.enum(["json", "prometheus"]).default("json") });

/** How the gateway is, for operators and their dashboards. */
export const metricRoutes = new Hono<AppContext>()
  .use(requireOperator)
  .get("/metrics", validateQuery(query), async (c) => {
    const metrics = await readMetrics(c.var.services);
    if (c.req.valid("query").format === "prometheus") {
      c.header("content-type", "text/plain; version=0.0.4; charset=utf-8");
      return c.body(writeGauges("tandem", gaugesOf(metrics)));
    }
    return c.json(viewMetrics(metrics));
  });

/** Figures as the API shows them. */
export function viewMetrics(metrics: Metrics) {
  const { asked, senders, phones, events, syncs, media, endpoints } = metrics;
  return {
    at: iso(metrics.at),
    sampled: metrics.sampled,
    asked: asked && {
      phones: asked.phones,
      phones_of: asked.phonesOf,
      endpoints: asked.endpoints,
      endpoints_of: asked.endpointsOf,
      silent: metrics.silent,
    },
    unavailable: metrics.unavailable,
    senders: senders && {
      by_state: countBy(senders.map(({ state, count }) => [state, count])),
      blocked: countBy(
        senders.flatMap(({ blocked, count }) => (blocked === null ? [] : [[blocked, count]])),
      ),
      held: senders.reduce((sum, { held, count }) => sum + (held === 1 ? count : 0), 0),
    },
    windows_open: phones && phones.windowsOpen,
    sends: phones && {
      queued: phones.queued,
      oldest_queued_at: iso(phones.oldestQueuedAt),
      placed: phones.placed,
      unknown: phones.unknown,
    },
    flush: phones && {
      waiting_facts: phones.journal,
      late: phones.late.map(({ phoneNumberId, lagMs, facts }) => {
        return { sender_id: phoneNumberId, lag_ms: lagMs, facts };
      }),
    },
    events: events && { last_hour: events.lastHour, last_day: events.lastDay },
    syncs,
    media: media && {
      wanted: media.wanted,
      overdue: media.overdue,
      oldest_due_at: iso(media.oldestDueAt),
      unavailable: media.unavailable,
    },
    endpoints: endpoints && {
      by_state: countBy(endpoints.counts.map(({ state, count }) => [state, count])),
      failing: endpoints.counts.reduce(
        (sum, { state, failing, count }) =>
          sum + (state === "enabled" && failing === 1 ? count : 0),
        0,
      ),
      owed: endpoints.owed.map(({ id, partner, owed, failingSince }) => {
        return { endpoint_id: id, partner_id: partner, owed, failing_since: iso(failingSince) };
      }),
    },
    dead_letters:
      metrics.deadLetters && countBy(metrics.deadLetters.map((row) => [row.source, row.count])),
    unrouted: metrics.unrouted,
    overflow: metrics.overflow && {
      waiting: metrics.overflow.waiting,
      since: iso(metrics.overflow.since),
    },
    shards: metrics.shards.map(({ name, bytes, share }) => {
      return { name, bytes, percent: share === null ? null : Math.round(share * 1_000) / 10 };
    }),
    swept_at: iso(metrics.sweptAt),
    alarms: metrics.alarms && { open: metrics.alarms.open, posts_owed: metrics.alarms.owed },
  };
}

function countBy(pairs: (readonly [string, number] | (string | number)[])[]) {
  const counts: Record<string, number> = {};
  for (const [name, count] of pairs as [string, number][]) {
    counts[name] = (counts[name] ?? 0) + count;
  }
  return counts;
}
