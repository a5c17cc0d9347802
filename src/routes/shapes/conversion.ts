import * as z from "zod";
import { customer } from "./message.ts";
import { at, fits } from "./fits.ts";
import type { viewConversion } from "../views.ts";

export const conversion = fits<ReturnType<typeof viewConversion>>()(
  z.strictObject({
    id: z.string(),
    state: z
      .enum(["intended", "reported", "refused", "unknown"])
      .describe(
        "`reported`: Meta counted it; `refused`: it did not; `unknown`: nobody can say, and it is not reported again by itself; `intended`: on its way.",
      ),
    name: z.string(),
    at: at.describe("When it happened."),
    customer: customer.nullable(),
    ctwa_clid: z.string().describe("The click on an ad that it goes back to."),
    currency: z.string().nullable(),
    value: z.number().nullable(),
    custom_data: z.record(z.string(), z.unknown()),
    detected_in: z.string().nullable().describe("The wamid of the detection that it answers."),
    test_event_code: z.string().nullable(),
    error: z.record(z.string(), z.unknown()).nullable().describe("What Meta said, and what to do."),
    created_at: at,
    settled_at: at.nullable(),
  }),
).meta({
  id: "Conversion",
  description: "What a customer came to, reported to Meta's ads once.",
  examples: [
    {
      id: "conv_2m8q4t7w1z5x9v3k",
      state: "reported",
      name: "Purchase",
      at: "2026-11-22T09:40:00.000Z",
      customer: { phone: "15550100001" },
      ctwa_clid: "click-of-an-ad",
      currency: "EUR",
      value: 49.9,
      custom_data: { order_id: "1042" },
      detected_in: null,
      test_event_code: null,
      error: null,
      created_at: "2026-11-22T09:41:03.000Z",
      settled_at: "2026-11-22T09:41:04.000Z",
    },
  ],
});
