import * as z from "zod";
import { at, fits } from "./fits.ts";
import type { PartnerEvent } from "../../events/view-event.ts";

export const event = fits<PartnerEvent>()(
  z.strictObject({
    id: z.string().describe("The same fact has the same id, however often it is told."),
    type: z.string().describe("Such as `message.received`."),
    version: z.int(),
    sender_id: z.string().nullable().describe("null: it is about you, not about a number."),
    seq: z.int().describe("Gapless per sender."),
    at,
    data: z.unknown().describe("Of the shape of its type."),
  }),
).meta({
  id: "Event",
  examples: [
    {
      id: "evt_2bVhQm0c8nT4Jw5sKx9dZa",
      type: "message.received",
      version: 1,
      sender_id: "106500000000001",
      seq: 42,
      at: "2026-11-22T09:12:40.000Z",
      data: { wamid: "wamid.HBgLMTU1NTAxMDAwMDEVAgASGBQ", type: "text" },
    },
  ],
});

export const eventPage = z.strictObject({
  data: z.array(event),
  next_cursor: z.string().describe("Give it as `after` to go on; also when nothing came."),
});
