import { viewEvent } from "../events/view-event.ts";
import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { listLifeEvents } from "../database/read-events.ts";
import { UNLINK_PATH, wordsOfEvent } from "../lib/lifecycle-words.ts";
import { detachSender } from "../operations/detach-sender.ts";
import { ownSender } from "./own-sender.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { validateQuery } from "./validate.ts";
import { viewSender } from "./views.ts";
import type { AppContext } from "../env.ts";
import type { StoredEvent } from "../database/read-events.ts";
import type { Detachment } from "../operations/detach-sender.ts";

const seqCursor = z.object({ seq: z.number().int() });

/** The life of a sender: what happened to it, and its end. Mounted under the senders. */
export const lifeRoutes = new Hono<AppContext>()
  .get("/:id/timeline", validateQuery(pageQuery), async (c) => {
    const sender = await ownSender(c);
    const query = c.req.valid("query");
    const before = openCursor(seqCursor, query.cursor)?.seq ?? null;
    const database = c.var.services.shard(sender.shard);
    const rows = await listLifeEvents(database, sender.key, before, query.limit);
    const next = nextCursor(rows, query.limit, ({ seq }) => ({ seq }));
    return c.json({ data: rows.map(viewStep), next_cursor: next });
  })
  .post("/:id/detach", async (c) => {
    const detachment = await detachSender(c.var.services, await ownSender(c));
    return c.json(viewDetachment(detachment, await ownSender(c)));
  });

/** An event with its words beside the data, in those of today. */
function viewStep(row: StoredEvent) {
  const { data, ...event } = viewEvent(row);
  const { words: _, ...rest } = data as Record<string, unknown>;
  return { ...event, data: rest, words: wordsOfEvent(row.type, rest) };
}

const UNSUBSCRIBE: Record<Detachment["unsubscribe"], string> = {
  done: "Meta sends no more webhooks of this account.",
  done_before: "An earlier call ended the webhooks.",
  kept: "Another number of this WhatsApp Business account is connected: its webhooks go on, and what they say of this number is kept.",
  not_needed: "Meta no longer lets us see this account: there was nothing to end.",
  failed: "Meta gave no clear answer. Nothing else was done; detach again.",
};
const CREDIT: Record<NonNullable<Detachment["credit"]>, string> = {
  revoked: "The shared credit line was taken back.",
  none: "No credit line was shared.",
  kept: "Another number of this WhatsApp Business account uses the credit line.",
  failed: "Meta did not take the credit line back yet; Tandem tries again.",
};
const TOKEN: Record<Detachment["token"], string> = {
  erased: "The access token was erased.",
  erased_before: "There was no access token any more.",
  kept: "The access token was kept.",
};

function viewDetachment(done: Detachment, sender: Parameters<typeof viewSender>[0]) {
  const isDetached = sender.state === "disconnected" && sender.stateReason === "detached";
  return {
    sender: viewSender(sender),
    steps: [
      { step: "unsubscribe", outcome: done.unsubscribe, detail: UNSUBSCRIBE[done.unsubscribe] },
      {
        step: "revoke_credit",
        outcome: done.credit ?? "not_reached",
        detail: done.credit === null ? "Not come to." : CREDIT[done.credit],
      },
      { step: "erase_token", outcome: done.token, detail: TOKEN[done.token] },
    ],
    // Nobody but the owner can end it there (protocol.md 4.1).
    connected_at_meta: isDetached || sender.state !== "disconnected",
    owner_has_to: isDetached ? `In WhatsApp Business on the main phone: ${UNLINK_PATH}.` : null,
  };
}
