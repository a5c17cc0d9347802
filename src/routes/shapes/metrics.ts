import * as z from "zod";
import { at, fits } from "./fits.ts";
import type { viewMetrics } from "../metrics.ts";

const counts = z.record(z.string(), z.int());

export const metrics = fits<ReturnType<typeof viewMetrics>>()(
  z.strictObject({
    at: at.describe("Figures are up to ten seconds old."),
    sampled: z
      .boolean()
      .describe("There are more objects than a look asks: what comes from them is a part."),
    asked: z
      .strictObject({
        phones: z.int(),
        phones_of: z.int(),
        endpoints: z.int(),
        endpoints_of: z.int(),
        silent: z.int().describe("Objects that did not answer."),
      })
      .nullable(),
    unavailable: z.array(z.string()).describe("Parts that could not be read; they are null."),
    senders: z.strictObject({ by_state: counts, blocked: counts, held: z.int() }).nullable(),
    windows_open: z.int().nullable(),
    sends: z
      .strictObject({
        queued: z.int(),
        oldest_queued_at: at.nullable(),
        placed: z.int(),
        unknown: z.int(),
      })
      .nullable(),
    flush: z
      .strictObject({
        waiting_facts: z.int(),
        late: z
          .array(z.strictObject({ sender_id: z.string(), lag_ms: z.int(), facts: z.int() }))
          .describe("The worst 20 whose oldest fact waits for D1 for over a second."),
      })
      .nullable(),
    events: z.strictObject({ last_hour: z.int(), last_day: z.int() }).nullable(),
    syncs: z
      .array(z.strictObject({ kind: z.string(), state: z.string(), count: z.int() }))
      .nullable(),
    media: z
      .strictObject({
        wanted: z.int(),
        overdue: z.int(),
        oldest_due_at: at.nullable(),
        unavailable: z.int(),
      })
      .nullable()
      .describe("Counted up to 10,000 in each database."),
    endpoints: z
      .strictObject({
        by_state: counts,
        failing: z.int(),
        owed: z
          .array(
            z.strictObject({
              endpoint_id: z.string(),
              partner_id: z.string(),
              owed: z.int(),
              failing_since: at.nullable(),
            }),
          )
          .describe("The worst 20."),
      })
      .nullable(),
    dead_letters: counts.nullable().describe("By where they came from."),
    unrouted: z.int().nullable(),
    overflow: z.strictObject({ waiting: z.int(), since: at.nullable() }).nullable(),
    shards: z.array(
      z.strictObject({
        name: z.string(),
        bytes: z.int().nullable().describe("null: it does not answer."),
        percent: z.number().nullable().describe("Of D1's 10 GB."),
      }),
    ),
    swept_at: at.nullable(),
    alarms: z.strictObject({ open: counts, posts_owed: z.int() }).nullable(),
  }),
).meta({ id: "Metrics" });
