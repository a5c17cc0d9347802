import * as z from "zod";
import { defineEvent } from "./define.ts";
import { customer, wamid } from "./parts.ts";

const file = {
  wamid,
  customer,
  message_type: z.string().describe("image, video, audio, document or sticker."),
};

export const MEDIA_EVENTS = {
  "media.stored": defineEvent({
    description: "The file of a message was fetched from Meta and can be downloaded from here.",
    told: "Once for each file, of live messages and of history.",
    inCloudApi: false,
    data: z.strictObject({
      ...file,
      mime_type: z.string().describe("What the first bytes say, else what Meta said."),
      bytes: z.number().int().describe("Size of the file."),
      sha256: z.string().nullable().describe("Hex; null where Meta named none to compare with."),
      filename: z.string().optional().describe("As the writer named it."),
    }),
  }),
  "media.unavailable": defineEvent({
    description: "The file of a message cannot be had from Meta.",
    told: "When the last attempt failed, or the time for it is over.",
    inCloudApi: false,
    data: z.strictObject({ ...file, reason: z.string().describe("Why, as a word.") }),
  }),
  "media.deleted": defineEvent({
    description: "The stored file of a message was deleted here, for good.",
    told: "Once for each file.",
    inCloudApi: false,
    data: z.strictObject({
      ...file,
      reason: z
        .enum(["partner", "retention"])
        .describe("partner: you asked for it; retention: its time was over."),
    }),
  }),
};
