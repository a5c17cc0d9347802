import * as z from "zod";

/*
 * Bodies of queue messages: pointers only. Each names an R2 object or a row that a sweep finds
 * again, so a lost message costs minutes, not data; and no content travels here. `requestId` says
 * for whom the work is done.
 */

const requestId = z.string().optional();

/** A raw history body in the archive. */
export const historyPointer = z.object({ key: z.string(), requestId });
export type HistoryPointer = z.infer<typeof historyPointer>;

/** This number has queued sends. `sentAt`: epoch ms. */
export const sendTicket = z.object({
  phoneNumberId: z.string(),
  sentAt: z.number().optional(),
  requestId,
});
export type SendTicket = z.infer<typeof sendTicket>;

/** The file of a message. */
export const mediaPointer = z.object({ sender: z.number().int(), wamid: z.string(), requestId });
export type MediaPointer = z.infer<typeof mediaPointer>;

/** Facts that no object took at the door, in the archive. */
export const overflowPointer = z.object({ key: z.string(), requestId });
export type OverflowPointer = z.infer<typeof overflowPointer>;

/** What each queue carries; a queue is named by its installation and this: `tandem-history`. */
export const POINTERS = {
  history: historyPointer,
  sends: sendTicket,
  media: mediaPointer,
  overflow: overflowPointer,
} as const;

export type QueueName = keyof typeof POINTERS;

/** How often each is tried before it is a dead letter: `max_retries` of wrangler.toml and one. */
export const TRIES: Record<QueueName, number> = { history: 11, sends: 4, media: 4, overflow: 4 };

/** The letter that a message does over travels with it, and goes when the work is done. */
export const lettered = z.object({ letter: z.string() });
