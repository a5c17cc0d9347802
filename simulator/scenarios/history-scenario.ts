import { z } from "zod";

const share = z.number().min(0).max(1);

/** The history a business has on its phone, and how badly Meta delivers it. Shares are 0 to 1. */
export const historyScenarioSchema = z.strictObject({
  messages: z.number().int().min(0).max(1_000_000),
  /** Customers with a conversation; by default one in 40 messages, at most 2,000. */
  threads: z.number().int().min(1).optional(),
  /** How far back it reaches; Meta gives at most 180. */
  days: z.number().min(0.01).max(180).default(180),
  mediaShare: share.default(0.05),
  reactionShare: share.default(0),
  editShare: share.default(0),
  /** Messages in one history POST. */
  chunkMessages: z.number().int().min(1).max(10_000).default(500),
  /** The owner said no: one webhook with 2593109. */
  declined: z.boolean().default(false),
  /** The request is accepted and nothing follows. */
  neverComes: z.boolean().default(false),
  /** Share of the chunks that come twice. */
  duplicateChunks: share.default(0),
  /** Chunks, phases and media come in no particular order. */
  reorder: z.boolean().default(false),
  /** Share of the chunks that never come. */
  loseChunks: share.default(0),
  /** The same messages once more, cut elsewhere. */
  regroup: z.boolean().default(false),
  /** The media of the last 14 days come after their placeholders. */
  followUps: z.boolean().default(true),
  /** Where the owner's old media come; measured once under the second (protocol.md 2.3.2). */
  echoFollowUpField: z.enum(["history", "smb_message_echoes"]).default("history"),
  /** Simulated ms between the request and the first chunk. */
  startsAfterMs: z.number().min(0).default(200),
});

export type HistoryScenario = z.input<typeof historyScenarioSchema>;
export type HistorySettings = z.output<typeof historyScenarioSchema>;

/** Scenarios with a name, for `history: "messy"` in the control API. */
export const HISTORY_PRESETS = {
  none: { messages: 0 },
  small: { messages: 400, threads: 12 },
  halfYear: { messages: 20_000, threads: 400, reactionShare: 0.02, editShare: 0.01 },
  huge: { messages: 100_000, chunkMessages: 2_000 },
  messy: {
    messages: 2_000,
    threads: 40,
    chunkMessages: 100,
    duplicateChunks: 0.2,
    reorder: true,
    regroup: true,
    reactionShare: 0.02,
    editShare: 0.02,
  },
  gap: { messages: 2_000, chunkMessages: 100, loseChunks: 0.1 },
  declined: { messages: 500, declined: true },
  silent: { messages: 500, neverComes: true },
} as const satisfies Record<string, HistoryScenario>;

export type HistoryPreset = keyof typeof HISTORY_PRESETS;
