import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { findErasure } from "../database/erasures.ts";
import { findMove } from "../database/moves.ts";
import { findCurrentSender, findSender } from "../database/senders.ts";
import { AppError } from "../errors.ts";
import { eraseCustomer } from "../operations/erase-customer.ts";
import { eraseSender } from "../operations/erase-sender.ts";
import { moveSender } from "../operations/move-sender.ts";
import { doNoted } from "../operations/note-audit.ts";
import { runMove } from "../operations/run-move.ts";
import { customerKey } from "./customer-key.ts";
import { answerErasure, confirmQuery, noErasure, viewErasure } from "./erasures.ts";
import { requireOperator } from "./require-operator.ts";
import { validateBody, validatePath, validateQuery } from "./validate.ts";
import { iso } from "./views.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { Deed } from "../lib/audit-actions.ts";
import type { Move } from "../database/moves.ts";
import type { Sender } from "../database/senders.ts";

const customerPath = z.object({ id: z.string(), customer: customerKey });
const moveBody = z.strictObject({ shard: z.string(), partner: z.string().optional() });
/** Of a number that has moved from partner to partner there are several senders. */
const partner = z.string().optional();

/** What operators do to any sender. Every deed is in the audit. */
export const adminSenderRoutes = new Hono<AppContext>()
  .use(requireOperator)
  .delete(
    "/senders/:id/customers/:customer",
    validatePath(customerPath),
    validateQuery(z.object({ partner })),
    async (c) => {
      const sender = await senderOf(c, c.req.valid("query").partner);
      const { customer } = c.req.valid("param");
      const { services, operator } = c.var;
      // Without the name.
      const erasure = await doing(c, "customer.erase", sender, undefined, () =>
        eraseCustomer(services, sender, customer, operator),
      );
      return answerErasure(c, erasure);
    },
  )
  .delete("/senders/:id", validateQuery(confirmQuery.extend({ partner })), async (c) => {
    const query = c.req.valid("query");
    const sender = await senderOf(c, query.partner);
    const { services, operator } = c.var;
    const erasure = await doing(c, "sender.erase", sender, undefined, () =>
      eraseSender(services, sender, query.confirm, operator),
    );
    return answerErasure(c, erasure);
  })
  .post("/senders/:id/move", validateBody(moveBody), async (c) => {
    const { shard, partner: of } = c.req.valid("json");
    const { services, operator } = c.var;
    const sender = await senderOf(c, of);
    const move = await doing(c, "sender.move", sender, shard.slice(0, 40), () =>
      moveSender(services, sender, shard, operator),
    );
    c.executionCtx.waitUntil(runMove(services, move.id));
    return c.json(viewMove(move), 202);
  })
  .get("/moves/:move", async (c) => {
    const move = await findMove(c.var.services.registry, c.req.param("move"));
    if (move === null) throw new AppError("not_found", "There is no move with this id.");
    return c.json(viewMove(move));
  })
  .get("/erasures/:erasure", async (c) => {
    const found = await findErasure(c.var.services.registry, c.req.param("erasure"));
    if (found === null) throw noErasure();
    return c.json(viewErasure(found));
  });

async function senderOf(c: Context<AppContext>, of: string | undefined): Promise<Sender> {
  const { registry } = c.var.services;
  const id = c.req.param("id") ?? "";
  const sender =
    of === undefined ? await findCurrentSender(registry, id) : await findSender(registry, of, id);
  if (sender !== null) return sender;
  throw new AppError(
    "not_found",
    "There is no sender with this id. Of a number that has left its partner, name the partner: ?partner=….",
  );
}

function doing<T>(
  c: Context<AppContext>,
  action: Deed,
  { key: sender, partner: of }: Sender,
  detail: string | undefined,
  deed: () => Promise<T>,
): Promise<T> {
  const { operator, services } = c.var;
  return doNoted(services, { operator, action, sender, partner: of, detail }, deed);
}

export function viewMove(move: Move) {
  return {
    id: move.id,
    sender: move.sender,
    from: move.fromShard,
    to: move.toShard,
    state: move.state,
    /** Null when it is over. */
    step: move.state === "running" ? move.step : null,
    copied: move.counts,
    attempts: move.attempts,
    created_at: iso(move.createdAt),
    ended_at: iso(move.endedAt),
  };
}
