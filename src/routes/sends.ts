import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { AppError } from "../errors.ts";
import { writeCursor } from "../lib/cursor.ts";
import { askPhone } from "../operations/ask-phone.ts";
import { cancelBatch, cancelSend } from "../operations/cancel-sends.ts";
import { recheckBlock } from "../operations/recheck-blocks.ts";
import { sendBatch } from "../operations/send-batch.ts";
import { answerBatchItem } from "./answer-batch-item.ts";
import { idempotencyKey, readIdempotencyKey } from "./idempotency-key.ts";
import { ownSender } from "./own-sender.ts";
import { openCursor, pageQuery } from "./paging.ts";
import { mayTakeControl, TAKE_CONTROL } from "./take-control.ts";
import { requirePartner } from "./require-partner.ts";
import { validateBody, validateQuery } from "./validate.ts";
import { iso, viewSend, viewSender } from "./views.ts";
import type { AppContext } from "../env.ts";
import type { BatchView } from "../durable/send-types.ts";

/** A thousand long messages with room to spare. */
const BATCH_MAX_BYTES = 8_000_000;
const BATCH_MAX_ITEMS = 1_000;
/** Bulk waits in a long queue: an hour is 72,000 messages. */
const DEFAULT_EXPIRE_MS = 3_600_000;

const expiresAt = z.iso.datetime({ offset: true });
const batchBody = z.strictObject({
  messages: z
    .array(
      z.looseObject({
        expires_at: expiresAt.optional(),
        idempotency_key: idempotencyKey.optional(),
      }),
    )
    .min(1)
    .max(BATCH_MAX_ITEMS),
  expires_at: expiresAt.optional(),
});
const sendsCursor = z.object({ after: z.int().min(0) });

/** Queued sends of a partner's sender: in bulk, one by one, cancelled. */
export const sendRoutes = new Hono<AppContext>()
  .use(requirePartner)
  .post(
    "/:id/messages:batch",
    validateBody(batchBody, { maxBytes: BATCH_MAX_BYTES }),
    async (c) => {
      const sender = await ownSender(c);
      const body = c.req.valid("json");
      const now = c.var.services.now();
      const items = body.messages.map(({ expires_at, idempotency_key, ...message }) => ({
        body: { messaging_product: "whatsapp", ...message },
        expiresAt: readExpiry(expires_at ?? body.expires_at, now),
        idempotencyKey: idempotency_key,
      }));
      const answer = await sendBatch(c.var.services, {
        partner: c.var.partner,
        phoneNumberId: sender.phoneNumberId,
        items,
        takeControl: mayTakeControl(c.req.header(TAKE_CONTROL)),
        idempotencyKey: readIdempotencyKey(c.req.header("idempotency-key")),
      });
      if (answer.kind === "key_reused") {
        throw new AppError(
          "idempotency_key_reused",
          "Send the same messages again, or take a new Idempotency-Key for other ones.",
          { field: "Idempotency-Key" },
        );
      }
      if (answer.kind === "failed") {
        throw new AppError("unavailable", "Nothing was queued. Send the batch again.");
      }
      if (answer.kind === "in_doubt") {
        throw new AppError(
          "in_doubt",
          "The gateway lost its own answer. With an Idempotency-Key the same call tells what was queued.",
        );
      }
      const data = answer.items.map((item, index) => answerBatchItem(item, index, c.var.requestId));
      return c.json({ id: answer.batch, data }, 202);
    },
  )
  .get("/:id/batches/:batch", async (c) => {
    const sender = await ownSender(c);
    const phone = askPhone(c.var.services, sender.phoneNumberId);
    return c.json(viewBatch(await phone.batch(c.var.partner, c.req.param("batch"))));
  })
  .get("/:id/batches/:batch/sends", validateQuery(pageQuery), async (c) => {
    const sender = await ownSender(c);
    const { cursor, limit } = c.req.valid("query");
    const after = openCursor(sendsCursor, cursor)?.after ?? 0;
    const phone = askPhone(c.var.services, sender.phoneNumberId);
    const batch = c.req.param("batch");
    const page = await phone.batchSends(c.var.partner, batch, after, limit);
    if (page === null) throw noBatch();
    const next = page.next === null ? null : writeCursor({ after: page.next });
    return c.json({ data: page.sends.map(viewSend), next_cursor: next });
  })
  .delete("/:id/batches/:batch", async (c) => {
    const sender = await ownSender(c);
    const { partner, services } = c.var;
    const batch = c.req.param("batch");
    return c.json(viewBatch(await cancelBatch(services, sender.phoneNumberId, partner, batch)));
  })
  .get("/:id/sends/:send", async (c) => {
    const sender = await ownSender(c);
    const phone = askPhone(c.var.services, sender.phoneNumberId);
    const view = await phone.send(c.var.partner, c.req.param("send"));
    if (view === null) throw noSend();
    return c.json(viewSend(view));
  })
  .delete("/:id/sends/:send", async (c) => {
    const sender = await ownSender(c);
    const { partner, services } = c.var;
    const send = c.req.param("send");
    const cancelled = await cancelSend(services, sender.phoneNumberId, partner, send);
    switch (cancelled.kind) {
      case "cancelled":
        return c.json(viewSend(cancelled.view));
      case "too_late":
        throw new AppError(
          "conflict",
          `This send is ${cancelled.view.state}: only a queued one can be cancelled.`,
        );
      case "not_found":
        throw noSend();
    }
  })
  .post("/:id/recheck", async (c) => {
    const sender = await ownSender(c);
    await recheckBlock(c.var.services, sender, true);
    return c.json(viewSender(await ownSender(c)));
  });

/** Whether it lies ahead is each item's own question: a repeat may come after it. */
function readExpiry(text: string | undefined, now: number): number {
  return text === undefined ? now + DEFAULT_EXPIRE_MS : Date.parse(text);
}

function viewBatch(batch: BatchView | null) {
  if (batch === null) throw noBatch();
  const { queued = 0, placed = 0 } = batch.states;
  return {
    id: batch.batch,
    admitted_at: iso(batch.admittedAt),
    total: batch.total,
    open: queued + placed,
    states: batch.states,
  };
}

const noBatch = () => new AppError("not_found", "There is no batch with this id.");
const noSend = () => new AppError("not_found", "There is no send with this id.");
