import * as z from "zod";
import { at, fits } from "./fits.ts";
import { graphError } from "./problem.ts";
import { send } from "./message.ts";
import type { AnswerOf } from "./fits.ts";
import type { sendRoutes } from "../sends.ts";

const batchItem = z.union([
  z.strictObject({
    index: z.int(),
    id: z.string(),
    state: z.string().describe("`queued`; of a replayed one, where it stands."),
    replayed: z.boolean().optional().describe("Its Idempotency-Key was known."),
  }),
  z.strictObject({ index: z.int(), error: graphError.shape.error }),
]);

export const batchAnswer = fits<AnswerOf<typeof sendRoutes, "/:id/messages:batch", "$post">>()(
  z.strictObject({
    id: z.string().nullable().describe("null: nothing of it was queued."),
    data: z.array(batchItem).describe("Each message in its order: queued, or refused as by Meta."),
  }),
).meta({ id: "BatchAnswer" });

export const batch = fits<AnswerOf<typeof sendRoutes, "/:id/batches/:batch", "$get">>()(
  z.strictObject({
    id: z.string(),
    admitted_at: at,
    total: z.int(),
    open: z.int().describe("Not settled yet."),
    states: z.partialRecord(send.shape.state, z.int()),
  }),
).meta({ id: "Batch" });

/** The answer to a send: Meta's own, or ours for a queued one; to a read mark `success`. */
export const sendAccepted = z
  .looseObject({
    messaging_product: z.literal("whatsapp").optional(),
    contacts: z.array(z.looseObject({})).optional(),
    messages: z
      .array(z.looseObject({ id: z.string().describe("The wamid; of a queued one, our id.") }))
      .optional()
      .describe("The one message, where one was sent."),
    success: z.boolean().optional().describe("Where a message was marked as read."),
  })
  .meta({
    id: "SendAccepted",
    examples: [
      {
        messaging_product: "whatsapp",
        contacts: [{ input: "+15550100001", wa_id: "15550100001" }],
        messages: [{ id: "wamid.HBgLMTU1NTAxMDAwMDEVAgARGBI" }],
      },
    ],
  });
