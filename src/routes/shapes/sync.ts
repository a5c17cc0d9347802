import * as z from "zod";
import { at, fits } from "./fits.ts";
import type { AnswerOf } from "./fits.ts";
import type { syncRoutes } from "../sync.ts";
import type { usageRoutes } from "../usage.ts";
import type { viewChunk } from "../sync-views.ts";

const count = z.int().min(0);
const percent = z.int().min(0).max(100);

const syncFields = {
  state: z.enum([
    "none",
    "not_requested",
    "requested",
    "importing",
    "complete",
    "incomplete",
    "declined",
    "stalled",
    "expired",
    "failed",
    "unknown",
  ]),
  requested_at: at.nullable(),
  request_id: z.string().nullable().describe("Meta's."),
  first_at: at.nullable(),
  last_at: at.nullable(),
  ended_at: at.nullable(),
  error: z.unknown().describe("Meta's error, or null."),
  reason: z.string().describe("Why it stands so and what to do, for people."),
};
const arrivals = { first_at: at.nullable(), last_at: at.nullable() };

const phase = z
  .strictObject({
    phase: z.int(),
    progress: percent.describe("As Meta counts: how much it says it has sent."),
    stored_percent: percent.nullable().describe("As we count: pages that can be read."),
    chunks: count,
    pages: count,
    pages_stored: count,
    messages: count,
    seen: z.string().describe("Numbers of chunks that came, as runs: `1-4,6`."),
    highest: z.int().nullable(),
    ...arrivals,
  })
  .meta({ id: "HistoryPhase" });

export const sync = fits<AnswerOf<typeof syncRoutes, "/:id/sync", "$get">>()(
  z.strictObject({
    generation: at.describe("The onboarding it is about."),
    generations: z.array(at),
    contacts: z.strictObject({ ...syncFields, count }),
    history: z.strictObject({
      ...syncFields,
      progress: percent,
      stored_percent: percent.nullable(),
      phases: z.array(phase),
      without_phase: z.strictObject({
        chunks: count,
        follow_ups: count,
        errors: count,
        messages: count,
        pages: count,
        pages_stored: count,
        ...arrivals,
      }),
      missing: z.array(z.strictObject({ phase: z.int(), chunk_order: z.int() })),
      missing_chunks: count,
      missing_pages: count,
    }),
  }),
).meta({ id: "Sync", description: "What became of asking Meta for contacts and history." });

export const chunk = fits<ReturnType<typeof viewChunk>>()(
  z.strictObject({
    id: z.string(),
    kind: z.enum(["chunk", "follow_up", "error"]),
    phase: z.int().nullable(),
    chunk_order: z.int().nullable(),
    progress: z.int().nullable(),
    messages: count,
    pages: count,
    pages_stored: count,
    at,
  }),
).meta({ id: "SyncChunk", description: "One delivery of history by Meta." });

export const redrive = fits<AnswerOf<typeof syncRoutes, "/:id/sync/redrive", "$post">>()(
  z.strictObject({
    bodies: count.describe("Raw bodies that are read again."),
    more: z.boolean().describe("One call does not take them all: call again."),
    state: syncFields.state,
    words: z.string().describe("What will happen now, for people."),
  }),
).meta({ id: "Redrive" });

const price = { category: z.string(), type: z.string(), delivered: count };

export const usage = fits<AnswerOf<typeof usageRoutes, "/:id/usage", "$get">>()(
  z.strictObject({
    from: z.iso.date(),
    to: z.iso.date(),
    timezone: z.string(),
    data: z.array(z.strictObject({ day: z.iso.date(), ...price })),
    totals: z.array(z.strictObject(price)),
    delivered: count,
    free_service_messages: z.strictObject({
      month: z.string().describe("`YYYY-MM`, on the sender's calendar."),
      timezone: z.string(),
      limit: count,
      used: count,
      left: count,
    }),
  }),
).meta({ id: "Usage", description: "Delivered messages by day and Meta's price." });
