import * as z from "zod";
import { defineEvent } from "./define.ts";

const phases = z
  .array(
    z.strictObject({
      phase: z.number().int().describe("0, 1 or 2."),
      progress: z.number().describe("The highest that Meta named in this phase, 0 to 100."),
      chunks: z.number().int().describe("Meta's chunks that came."),
      pages: z.number().int().describe("Pages that they were cut into."),
      pages_stored: z.number().int().describe("Pages whose messages can be read."),
      messages: z.number().int().describe("Messages in them."),
    }),
  )
  .describe("What came so far, by Meta's phases.");

const verdict = z.strictObject({
  phases,
  missing: z
    .array(
      z.strictObject({
        phase: z.number().int().describe("Its phase."),
        chunk_order: z.number().int().describe("Its number within the phase."),
      }),
    )
    .describe("Chunks that others stand around and that did not come: the first 200."),
  missing_chunks: z.number().int().describe("How many chunks are missing."),
  missing_pages: z.number().int().describe("How many pages of chunks that came are not stored."),
  reason: z.string().describe("Why the import is in this state, in sentences."),
});

const metaError = {
  code: z.number().int().describe("Meta's error code."),
  title: z.string().optional().describe("Meta's name of the error."),
};

export const HISTORY_EVENTS = {
  "history.progress": defineEvent({
    description: "The import of earlier chats went on.",
    told: "At the first chunk of each phase and each ten percent within it: at most 33 times an onboarding.",
    inCloudApi: false,
    data: z.strictObject({
      phase: z.number().int().nullable().describe("Phase of the chunk that was just stored."),
      chunk_order: z.number().int().nullable().describe("Its number within the phase."),
      progress: z.number().nullable().describe("Meta's progress with it, 0 to 100."),
      messages: z.number().int().describe("Messages in that chunk."),
      phases,
    }),
  }),
  "history.completed": defineEvent({
    description: "The earlier chats are stored, with no gap that Meta's numbers show.",
    told: "Once an onboarding.",
    inCloudApi: false,
    data: verdict,
  }),
  "history.incomplete": defineEvent({
    description: "The import ended with something missing, or Meta gave an error for it.",
    told: "Seven days after the first chunk, or at Meta's error. What comes late is taken, and completes it.",
    inCloudApi: false,
    data: z.union([verdict, z.strictObject(metaError)]),
  }),
  "history.declined": defineEvent({
    description: "The owner chose not to share earlier chats.",
    told: "Once an onboarding.",
    inCloudApi: false,
    data: z.strictObject(metaError),
  }),
  "history.stalled": defineEvent({
    description: "Earlier chats stopped coming, or pages of them are not stored.",
    told: "After two hours without anything new, once for each such spell.",
    inCloudApi: false,
    data: verdict,
  }),
};
