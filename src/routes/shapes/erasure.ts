import * as z from "zod";
import { at, fits } from "./fits.ts";
import type { viewMove } from "../admin-senders.ts";
import type { viewErasure } from "../erasures.ts";

export const erasure = fits<ReturnType<typeof viewErasure>>()(
  z.strictObject({
    id: z.string(),
    sender_id: z.string().describe("phone_number_id of the number."),
    kind: z.enum(["customer", "sender"]).describe("What is erased."),
    state: z.enum(["running", "done"]),
    step: z.string().nullable().describe("Where it is; null when it is done."),
    waits_for: z
      .string()
      .nullable()
      .describe(
        "`import`: raw history that is still to be stored; `files`: a download under way; " +
          "`what_was_on_its_way`: a pause of minutes before all is looked through once more.",
      ),
    asked_by: z.enum(["partner", "operator"]),
    until: at.describe("What is older than this is erased, and stays away."),
    erased: z
      .record(z.string(), z.int())
      .describe("How many rows, files and facts so far, by place."),
    ended_at: at.nullable(),
  }),
).meta({
  id: "Erasure",
  description: "What is erased on your word. It does not say whom: that is gone.",
  examples: [
    {
      id: "erasure_0a1b2c3d4e5f6g7h",
      sender_id: "106500000000001",
      kind: "customer",
      state: "running",
      step: "settle",
      waits_for: "what_was_on_its_way",
      asked_by: "partner",
      until: "2026-11-23T09:00:00.000Z",
      erased: { messages: 214, media: 12, events: 96 },
      ended_at: null,
    },
  ],
});

export const move = fits<ReturnType<typeof viewMove>>()(
  z.strictObject({
    id: z.string(),
    sender: z.int().describe("Key of the sender."),
    from: z.string().describe("The database that it leaves, by its binding."),
    to: z.string(),
    state: z.enum(["running", "done", "given_up"]).describe("given_up: it stays where it was."),
    step: z.string().nullable().describe("Where it is; null when it is over."),
    copied: z.record(z.string(), z.int()).describe("Rows copied so far, by table."),
    attempts: z.int().describe("Tries of this step that failed."),
    created_at: at.nullable(),
    ended_at: at.nullable(),
  }),
).meta({ id: "Move", description: "A number on its way to another database." });
