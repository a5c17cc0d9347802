import { Hono } from "hono";
import * as z from "zod";
import { findErasure } from "../database/erasures.ts";
import { findCurrentSender, findSender } from "../database/senders.ts";
import { AppError } from "../errors.ts";
import { eraseCustomer } from "../operations/erase-customer.ts";
import { eraseSender } from "../operations/erase-sender.ts";
import { noteAudit } from "../operations/note-audit.ts";
import { customerKey } from "./customer-key.ts";
import { answerErasure, confirmQuery, noErasure, viewErasure } from "./erasures.ts";
import { requireOperator } from "./require-operator.ts";
import { validatePath, validateQuery } from "./validate.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { Sender } from "../database/senders.ts";

const customerPath = z.object({ id: z.string(), customer: customerKey });
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
      // Before it happens, and without the name.
      await note(c, "customer.erase", sender);
      return answerErasure(
        c,
        await eraseCustomer(c.var.services, sender, customer, c.var.operator),
      );
    },
  )
  .delete("/senders/:id", validateQuery(confirmQuery.extend({ partner })), async (c) => {
    const query = c.req.valid("query");
    const sender = await senderOf(c, query.partner);
    await note(c, "sender.erase", sender);
    return answerErasure(
      c,
      await eraseSender(c.var.services, sender, query.confirm, c.var.operator),
    );
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

function note(c: Context<AppContext>, action: string, sender: Sender): Promise<void> {
  const { operator, services } = c.var;
  return noteAudit(services, { operator, action, sender: sender.key, partner: sender.partner });
}
