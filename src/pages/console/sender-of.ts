import { findListedSender } from "../../database/read-console.ts";
import { AppError } from "../../errors.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { ListedSender } from "../../database/read-console.ts";

/** The sender that the address names by its key. @throws AppError where there is none */
export async function senderOf(c: Context<AppContext>): Promise<ListedSender> {
  const key = Number(c.req.param("key"));
  const sender = Number.isSafeInteger(key)
    ? await findListedSender(c.var.services.registry, key)
    : null;
  if (sender === null) throw new AppError("not_found", "There is no such sender.");
  return sender;
}
