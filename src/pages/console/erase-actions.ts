import { forgetFigures } from "./figures.ts";
import { reasonIn, textIn } from "./reason-in.ts";
import { senderOf } from "./sender-of.ts";
import { AppError } from "../../errors.ts";
import { readCustomerKey } from "../../lib/read-customer-key.ts";
import { beginErasures } from "../../operations/begin-erasures.ts";
import { eraseCustomer } from "../../operations/erase-customer.ts";
import { eraseSender } from "../../operations/erase-sender.ts";
import { doNoted } from "../../operations/note-audit.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { ListedSender } from "../../database/read-console.ts";
import type { Deed } from "../../lib/audit-actions.ts";

/** Erases a customer that the form names by phone or BSUID; the audit has the reason, not the name. */
export async function eraseCustomerHere(c: Context<AppContext>) {
  const sender = await senderOf(c);
  const customer = readCustomerKey(await textIn(c, "customer"));
  if (customer === null) {
    throw new AppError("invalid_request", "customer: give a phone number or a BSUID.", {
      field: "customer",
    });
  }
  await doing(c, "customer.erase", sender, await reasonIn(c), () =>
    eraseCustomer(c.var.services, sender, customer, c.var.operator),
  );
  beginErasures(c.executionCtx);
  return c.redirect(`/console/senders/${sender.key}`, 303);
}

/** Erases a disconnected sender with everything of it, where the form repeats its id. */
export async function eraseSenderHere(c: Context<AppContext>) {
  const sender = await senderOf(c);
  const confirm = await textIn(c, "confirm");
  await doing(c, "sender.erase", sender, await reasonIn(c), () =>
    eraseSender(c.var.services, sender, confirm, c.var.operator),
  );
  beginErasures(c.executionCtx);
  forgetFigures(sender);
  return c.redirect("/console/senders", 303);
}

function doing<T>(
  c: Context<AppContext>,
  action: Deed,
  { key, partner }: ListedSender,
  detail: string,
  deed: () => Promise<T>,
): Promise<T> {
  const { operator, services } = c.var;
  return doNoted(services, { operator, action, sender: key, partner, detail }, deed);
}
