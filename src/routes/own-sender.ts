import { findSender } from "../database/senders.ts";
import { AppError } from "../errors.ts";
import { coversSender } from "../lib/sender-filter.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { Sender } from "../database/senders.ts";

/**
 * The sender that the path's `:id` names, if it is this partner's and the key is for it; another's is
 * as absent as none.
 *
 * @throws AppError not_found
 */
export async function ownSender(c: Context<AppContext>): Promise<Sender> {
  const id = c.req.param("id") ?? "";
  const sender = coversSender(c.var.senders, id)
    ? await findSender(c.var.services.registry, c.var.partner, id)
    : null;
  if (sender === null) throw new AppError("not_found", "There is no sender with this id.");
  return sender;
}
