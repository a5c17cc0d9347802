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
  /** Share of the messages that take an older one of the same side back. */
  revokeShare: share.default(0),
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
  /** Elements of `history[]` in one webhook. */
  elementsPerPost: z.number().int().min(1).max(100).default(1),
  /** Chunks of the phases come in turns instead of phase after phase. */
  overlapPhases: z.boolean().default(false),
  /** Share of the chunks with an error beside their threads, in one element. */
  errorShare: share.default(0),
  /** Share of the chunks that say neither phase, number nor progress. */
  bareShare: share.default(0),
  /** What was lost comes after all, once the rest has been tried. */
  redeliverLost: z.boolean().default(false),
  /** Simulated ms between the rest and what was lost. */
  redeliverAfterMs: z.number().min(0).default(1_000),
  /** Share of the customers whose phone is withheld: no `from`, no phone as the thread's id. */
  bsuidOnlyShare: share.default(0),
  /** Share of the business's messages without `from_me`: only `from` tells whose they are. */
  withoutFromMeShare: share.default(0),
  /** Share of the business's messages that say `to`; most real ones do not. */
  withToShare: share.default(0),
  /** Share of the statuses in capitals, as documented; real ones are in small letters. */
  capitalStatusShare: share.default(0),
  /** Share of the texts without a timestamp. */
  untimedShare: share.default(0),
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
  /** What single messages can look like, all in one: protocol.md 2.3 and 6, rows 3, 7, 27, 28. */
  odd: {
    messages: 600,
    threads: 24,
    chunkMessages: 60,
    mediaShare: 0.1,
    reactionShare: 0.05,
    editShare: 0.05,
    revokeShare: 0.05,
    bsuidOnlyShare: 0.25,
    withoutFromMeShare: 0.2,
    withToShare: 0.2,
    capitalStatusShare: 0.3,
    untimedShare: 0.03,
    echoFollowUpField: "smb_message_echoes",
  },
  /** What chunks can look like: several in a webhook, phases in turns, an error beside threads. */
  tangled: {
    messages: 1_000,
    threads: 30,
    chunkMessages: 50,
    elementsPerPost: 3,
    overlapPhases: true,
    errorShare: 0.1,
    duplicateChunks: 0.2,
    reorder: true,
    regroup: true,
  },
  /** One chunk in ten does not say which it is. */
  bare: { messages: 500, chunkMessages: 50, bareShare: 0.1 },
  /** Two chunks in twenty are lost at first and come a simulated hour later. */
  late: {
    messages: 2_000,
    chunkMessages: 100,
    loseChunks: 0.1,
    redeliverLost: true,
    redeliverAfterMs: 3_600_000,
  },
  gap: { messages: 2_000, chunkMessages: 100, loseChunks: 0.1 },
  declined: { messages: 500, declined: true },
  silent: { messages: 500, neverComes: true },
} as const satisfies Record<string, HistoryScenario>;

export type HistoryPreset = keyof typeof HISTORY_PRESETS;
