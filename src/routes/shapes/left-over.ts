import * as z from "zod";
import { at, cursor, fits } from "./fits.ts";
import type { AnswerOf } from "./fits.ts";
import type { adminLeftOverRoutes } from "../admin-left-over.ts";
import type { viewDeadLetter, viewUnrouted } from "../left-over-views.ts";

type Routes = typeof adminLeftOverRoutes;

const sender = z.int().nullable().describe("The gateway's own key of it.");
const letterFields = {
  id: z.string(),
  source: z
    .enum(["history", "sends", "media", "overflow", "flush"])
    .describe("The queue that gave it up, or `flush`: a fact that D1 refused."),
  sender,
  reason: z
    .string()
    .describe("`retries`: a queue's tries were used up; of a `flush` what SQLite said."),
  state: z
    .enum(["open", "under_way"])
    .describe("`under_way`: somebody has it done over; after an hour without a word it is open."),
  attempts: z.int().describe("Tries in all."),
  times: z.int().describe("How often it failed for good: doing it over counts up, too."),
  first_at: at,
  last_at: at,
  redriven_at: at.nullable(),
};

export const deadLetter = fits<ReturnType<typeof viewDeadLetter>>()(
  z.strictObject(letterFields),
).meta({ id: "DeadLetter", description: "Work that failed for good; never its content." });

const content = z
  .record(z.string(), z.unknown())
  .nullable()
  .describe("Only with `content=true` and a reason, which is noted in the audit.");

export const oneDeadLetter = fits<AnswerOf<Routes, "/dead-letters/:id", "$get">>()(
  z.strictObject({
    ...letterFields,
    about: z.strictObject({
      words: z.string().describe("What it is, and what doing it over will do."),
      archive_key: z.string().nullable().describe("Where its work lies in R2."),
      phone_number_id: z.string().nullable(),
      message: z.string().nullable().describe("The message's short id, as logs have it."),
      fact: z.string().nullable().describe("What kind of fact D1 refused."),
    }),
    content,
  }),
).meta({ id: "DeadLetterInFull" });

const unroutedFields = {
  id: z.string(),
  sender,
  field: z.string().describe("Meta's webhook field, or the kind of the fact."),
  reason: z.string().describe("Such as `unknown_number`."),
  at,
};

export const unrouted = fits<ReturnType<typeof viewUnrouted>>()(
  z.strictObject(unroutedFields),
).meta({ id: "Unrouted", description: "An item of a webhook that nobody could use yet." });

export const oneUnrouted = fits<AnswerOf<Routes, "/unrouted/:id", "$get">>()(
  z.strictObject({
    ...unroutedFields,
    route: z.string().nullable().describe("Whom it is for: `waba`, `display`; null: see `sender`."),
    content,
  }),
).meta({ id: "UnroutedInFull" });

export const redriven = fits<AnswerOf<Routes, "/dead-letters/:id/redrive", "$post">>()(
  z.strictObject({
    id: z.string(),
    outcome: z
      .enum(["done", "under_way", "failed_again"])
      .describe(
        "`done`: it is gone; `under_way`: gone when its work is done, else it counts up; `failed_again`: it has.",
      ),
  }),
).meta({ id: "Redriven" });

export const redrivenMany = fits<AnswerOf<Routes, "/dead-letters:redrive", "$post">>()(
  z.strictObject({
    done: z.int(),
    under_way: z.int(),
    failed_again: z.int(),
    impossible: z.int().describe("They stay; asked for one by one, each says why."),
    next_cursor: cursor,
  }),
).meta({ id: "RedrivenMany" });
