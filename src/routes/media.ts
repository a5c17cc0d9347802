import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { findMediaOf } from "../database/media.ts";
import { findMessage } from "../database/read-messages.ts";
import { AppError } from "../errors.ts";
import { PLACEHOLDER, stateOfPlaceholder } from "../lib/placeholder.ts";
import { mediaKey } from "../operations/archive-keys.ts";
import { dropMedia } from "../operations/drop-media.ts";
import { linkMedia } from "../operations/link-media.ts";
import { openKeptMedia } from "../operations/open-kept-media.ts";
import { ownSender } from "./own-sender.ts";
import { deletedFile, serveMedia, wantedOf } from "./serve-media.ts";
import { validateBody } from "./validate.ts";
import { iso } from "./views.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { Sender } from "../database/senders.ts";

const DAY_S = 86_400;
const linkBody = z.strictObject({
  /** Seconds. */
  expires_in: z
    .number()
    .int()
    .min(60)
    .max(30 * DAY_S)
    .default(DAY_S),
});

/** Files of messages. Mounted under the senders, behind their guard; wamids percent-encoded. */
export const mediaRoutes = new Hono<AppContext>()
  .get("/:id/media/:wamid", async (c) => {
    const { sender, wamid } = await storedFile(c);
    const key = mediaKey(sender.key, wamid);
    const file = await openKeptMedia(c.var.services, key, wantedOf(c));
    if (file === null) throw deletedFile();
    return serveMedia(file);
  })
  .post("/:id/media/:wamid/link", validateBody(linkBody, { optional: true }), async (c) => {
    const { sender, wamid } = await storedFile(c);
    const { expires_in: seconds } = c.req.valid("json");
    const expiresAt = (Math.floor(c.var.services.now() / 1_000) + seconds) * 1_000;
    const url = linkMedia(c.var.services, sender.key, wamid, expiresAt);
    return c.json({ url, expires_at: iso(expiresAt) }, 201);
  })
  .delete("/:id/media/:wamid", async (c) => {
    const sender = await ownSender(c);
    const wamid = c.req.param("wamid");
    const { services } = c.var;
    const media = await findMediaOf(services.shard(sender.shard), sender.key, wamid);
    if (media === null) throw noFile();
    await dropMedia(services, sender, [wamid], "partner");
    return c.body(null, 204);
  });

/** @throws AppError that says what there is instead of a stored file */
async function storedFile(c: Context<AppContext>): Promise<{ sender: Sender; wamid: string }> {
  const sender = await ownSender(c);
  const wamid = c.req.param("wamid") ?? "";
  const { services } = c.var;
  const database = services.shard(sender.shard);
  const media = await findMediaOf(database, sender.key, wamid);
  switch (media?.state) {
    case "stored":
      return { sender, wamid };
    case "wanted":
      throw pending("It is being fetched: ask again, or wait for the event media.stored.");
    case "unavailable":
      throw new AppError(
        "media_unavailable",
        WHY[media.reason ?? ""] ?? "It could not be fetched.",
      );
    case "deleted":
      throw deletedFile();
    case undefined: {
      const message = await findMessage(database, sender.key, { wamid });
      if (message?.type !== PLACEHOLDER) throw noFile();
      if (stateOfPlaceholder(sender, services.now()) === "unavailable") {
        throw new AppError("media_unavailable", "Meta sends files of the last 14 days only.");
      }
      throw pending("Meta has not sent it yet: files of the history follow their messages.");
    }
  }
}

const WHY: Record<string, string> = {
  absent: "Meta says that it does not exist.",
  expired: "Meta could not deliver it in the 7 days for which it keeps files.",
  too_large: "It is larger than WhatsApp allows files of its kind to be.",
  sha256_mismatch: "What Meta delivered was not what it had announced, each time.",
};

function pending(detail: string): AppError {
  return new AppError("media_pending", detail);
}

function noFile(): AppError {
  return new AppError("not_found", "There is no message with this wamid that has a file.");
}
