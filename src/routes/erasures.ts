import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { findErasure } from "../database/erasures.ts";
import { AppError } from "../errors.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { beginErasures } from "../operations/begin-erasures.ts";
import { eraseCustomer } from "../operations/erase-customer.ts";
import { eraseSender } from "../operations/erase-sender.ts";
import { customerKey } from "./customer-key.ts";
import { ownSender } from "./own-sender.ts";
import { validatePath, validateQuery } from "./validate.ts";
import { iso } from "./views.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { Erasure } from "../database/erasures.ts";

const customerPath = z.object({ id: z.string(), customer: customerKey });
export const confirmQuery = z.object({ confirm: z.string().optional() });

/** What a partner has erased, for good. Mounted under the senders, behind their guard. */
export const erasureRoutes = new Hono<AppContext>()
  .delete("/:id/customers/:customer", validatePath(customerPath), async (c) => {
    const { customer } = c.req.valid("param");
    const sender = await ownSender(c);
    return answerErasure(c, await eraseCustomer(c.var.services, sender, customer, "partner"));
  })
  .delete("/:id", validateQuery(confirmQuery), async (c) => {
    const { confirm } = c.req.valid("query");
    const sender = await ownSender(c);
    return answerErasure(c, await eraseSender(c.var.services, sender, confirm, "partner"));
  })
  // Not by its sender: of an erased one there is none.
  .get("/:id/erasures/:erasure", async (c) => {
    const { id, erasure } = c.req.param();
    const found = await findErasure(c.var.services.registry, erasure);
    const isOwn = found?.partner === c.var.partner && found.senderId === id;
    if (found === null || !isOwn || !coversSender(c.var.senders, id)) throw noErasure();
    return c.json(viewErasure(found));
  });

/** Answers at once; the work begins behind the answer, and the sweep goes on with what is left. */
export function answerErasure(c: Context<AppContext>, erasure: Erasure) {
  beginErasures(c.executionCtx);
  return c.json(viewErasure(erasure), 202);
}

export function noErasure(): AppError {
  return new AppError("not_found", "There is no erasure with this id.");
}

/** Whom it is about is not in it. */
export function viewErasure(erasure: Erasure) {
  const { id, kind, state, step, counts } = erasure;
  return {
    id,
    sender_id: erasure.senderId,
    kind,
    state,
    step: state === "done" ? null : step,
    waits_for: erasure.waitsFor,
    asked_by: erasure.askedBy === "partner" ? ("partner" as const) : ("operator" as const),
    /** What is older is erased. */
    until: iso(erasure.until),
    erased: counts,
    ended_at: iso(erasure.endedAt),
  };
}
