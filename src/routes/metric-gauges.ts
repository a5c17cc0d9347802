import type { Family, Sample } from "../lib/prometheus.ts";
import type { Metrics } from "../operations/read-metrics.ts";

/** Figures as gauges. What is not known is left out, so that it does not read as 0. */
export function gaugesOf(metrics: Metrics): Family[] {
  const { at, asked, senders, phones, events, media, endpoints, overflow, alarms } = metrics;
  const age = (since: number | null | undefined) => (since == null ? 0 : (at - since) / 1_000);
  const one = (known: unknown, value: number | undefined): Sample[] =>
    known === null || value === undefined ? [] : [{ value }];
  const family = (name: string, help: string, samples: Sample[]): Family => {
    return { name, help, samples };
  };
  return [
    family(
      "senders",
      "Business numbers by state; blocked is why Meta lets nothing through.",
      (senders ?? []).map(({ state, blocked, held, count }) => {
        const labels = { state, blocked: blocked ?? "", held: String(held === 1) };
        return { labels, value: count };
      }),
    ),
    family("phones_asked", "Numbers whose objects were asked.", one(asked, asked?.phones)),
    family("phones_connected", "Connected numbers.", one(asked, asked?.phonesOf)),
    family("objects_silent", "Objects that did not answer.", one(asked, metrics.silent)),
    family(
      "windows_open",
      "Customers to whom free text may be sent.",
      one(phones, phones?.windowsOpen),
    ),
    family("sends_queued", "Sends that wait for a place.", one(phones, phones?.queued)),
    family(
      "sends_oldest_queued_seconds",
      "For how long the oldest of them has waited.",
      one(phones, age(phones?.oldestQueuedAt)),
    ),
    family("sends_placed", "Sends on their way to Meta.", one(phones, phones?.placed)),
    family("sends_unknown", "Sends whose outcome nobody knows.", one(phones, phones?.unknown)),
    family("facts_waiting", "Facts on their way to D1.", one(phones, phones?.journal)),
    family(
      "flush_lag_seconds",
      "How long the oldest fact of a number has waited for D1: the worst 20 over a second.",
      (phones?.late ?? []).map(({ phoneNumberId, lagMs }) => {
        return { labels: { sender: phoneNumberId }, value: lagMs / 1_000 };
      }),
    ),
    family("events_last_hour", "Events of the last hour.", one(events, events?.lastHour)),
    family("events_last_day", "Events of the last 24 hours.", one(events, events?.lastDay)),
    family(
      "syncs",
      "Imports of contacts and history by state.",
      (metrics.syncs ?? []).map(({ kind, state, count }) => {
        return { labels: { kind, state }, value: count };
      }),
    ),
    family("media_wanted", "Files that are to be fetched.", one(media, media?.wanted)),
    family("media_overdue", "Files whose turn has come.", one(media, media?.overdue)),
    family(
      "media_oldest_overdue_seconds",
      "For how long the oldest of them has waited.",
      one(media, Math.max(0, age(media?.oldestDueAt))),
    ),
    family("media_unavailable", "Files that were given up.", one(media, media?.unavailable)),
    family(
      "endpoints",
      "Partners' endpoints by state; failing ones get nothing at present.",
      (endpoints?.counts ?? []).map(({ state, failing, count }) => {
        return { labels: { state, failing: String(failing === 1) }, value: count };
      }),
    ),
    family(
      "endpoint_owed",
      "Events between where an endpoint is and the newest: the worst 20.",
      (endpoints?.owed ?? []).map(({ id, partner, owed }) => {
        return { labels: { endpoint: id, partner }, value: owed };
      }),
    ),
    family(
      "dead_letters",
      "Work that failed for good, by where it came from.",
      (metrics.deadLetters ?? []).map(({ source, count }) => {
        return { labels: { source }, value: count };
      }),
    ),
    family(
      "unrouted",
      "Items that nobody could use.",
      one(metrics.unrouted, metrics.unrouted ?? 0),
    ),
    family("overflow_waiting", "Facts no object took.", one(overflow, overflow?.waiting)),
    family(
      "shard_up",
      "Whether a database answers.",
      metrics.shards.map(({ name, bytes }) => {
        return { labels: { shard: name }, value: bytes === null ? 0 : 1 };
      }),
    ),
    family(
      "shard_bytes",
      "The size of a database; D1 ends at 10 GB.",
      metrics.shards.flatMap(({ name, bytes }) =>
        bytes === null ? [] : [{ labels: { shard: name }, value: bytes }],
      ),
    ),
    family(
      "swept_seconds_ago",
      "Since the sweeps ran last.",
      one(metrics.sweptAt, age(metrics.sweptAt)),
    ),
    family(
      "alarms_open",
      "Open alarms by kind.",
      Object.entries(alarms?.open ?? {}).map(([alarm, count]) => {
        return { labels: { alarm }, value: count };
      }),
    ),
    family(
      "alarm_posts_owed",
      "Posts the operators' webhook has not taken.",
      one(alarms, alarms?.owed),
    ),
  ];
}
