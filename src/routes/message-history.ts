import { Hono } from "../lib/hono.ts";
import { findMessage } from "../database/read-messages.ts";
import { AppError } from "../errors.ts";
import { askPhone } from "../operations/ask-phone.ts";
import { linkMessages } from "../operations/link-messages.ts";
import { ownSender } from "./own-sender.ts";
import { viewMessageHistory, viewUnstoredSend } from "./views.ts";
import type { AppContext } from "../env.ts";

/** What our ids of sends begin with; Meta's are `wamid.…`. */
const SEND_ID = /^snd_/;

/** One message and all that became of it. Mounted under the senders, behind their guard. */
export const messageHistoryRoutes = new Hono<AppContext>().get(
  "/:id/messages/:message", // a wamid percent-encoded: it is base64, with `/`, `+` and `=`
  async (c) => {
    const sender = await ownSender(c);
    const name = c.req.param("message");
    const isSend = SEND_ID.test(name);
    const database = c.var.services.shard(sender.shard);
    const row = await findMessage(database, sender.key, isSend ? { send: name } : { wamid: name });
    const sendId = isSend ? name : (row?.send ?? null);
    const send =
      sendId === null
        ? null
        : await askPhone(c.var.services, sender.phoneNumberId).send(c.var.partner, sendId);
    if (row !== null) {
      const [linked] = await linkMessages(database, sender.key, [row]);
      if (linked !== undefined) return c.json(viewMessageHistory(linked, sender, send));
    }
    // Queued, on its way, refused, or so fresh that D1 does not have it yet.
    if (send !== null) return c.json(viewUnstoredSend(send));
    throw new AppError("not_found", "There is no message with this wamid or send id.");
  },
);
