import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { AppError } from "../errors.ts";
import { isEventType } from "../events/type-names.ts";
import { viewEvent } from "../events/view-event.ts";
import { readCursor, writeCursor } from "../lib/cursor.ts";
import { awaitEvents } from "../operations/await-events.ts";
import { limitWaits } from "./limit-waits.ts";
import { requirePartner } from "./require-partner.ts";
import { validateQuery } from "./validate.ts";
import type { AppContext } from "../env.ts";
import type { Positions } from "../operations/await-events.ts";

const DAY_MS = 24 * 3_600_000;

/** Names with commas between, or the parameter several times, or both; null where there is none. */
const list = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((value) => {
    const names = [value ?? []].flat().flatMap((part) => part.split(","));
    const given = names.map((name) => name.trim()).filter((name) => name !== "");
    return given.length === 0 ? null : given;
  });

const query = z.object({
  after: z.string().optional(),
  types: list.superRefine((names, ctx) => {
    const unknown = names?.filter((name) => !isEventType(name)) ?? [];
    if (unknown.length === 0) return;
    const message = `There is no type ${unknown.join(", ")}. GET /v1/event-types lists them.`;
    ctx.addIssue({ code: "custom", message });
  }),
  sender: list,
  limit: z.coerce.number().int().min(1).max(500).default(100),
  wait: z.coerce.number().min(0).max(25).default(0),
});

/** What is in a cursor. Its version is for the day on which that changes. */
const cursorSchema = z.object({
  v: z.literal(1),
  at: z.record(z.string(), z.number().int().min(0)),
});

/** A partner's events since a cursor: of every shard, each sender's in the order of its seq. */
export const eventRoutes = new Hono<AppContext>()
  .use(requirePartner)
  .get("/", validateQuery(query), async (c) => {
    const { after, types, sender, limit, wait } = c.req.valid("query");
    const { services, partner, senders, key } = c.var;
    const positions = openPositions(after);
    const times = { now: services.now(), waitMs: wait * 1_000 };
    const read = () =>
      awaitEvents(services, {
        partner,
        after: positions,
        types,
        senders: sender,
        ownSenders: senders,
        limit,
        waitMs: times.waitMs,
        signal: c.req.raw.signal,
      });
    const page = await (wait === 0 ? read() : limitWaits(key.id, times, read));
    const nextCursor = writeCursor({ v: 1, at: page.reached });
    if (page.kind === "expired") {
      const days = services.settings.EVENT_RETENTION_DAYS;
      const keptSince = new Date(services.now() - days * DAY_MS).toISOString();
      throw new AppError(
        "cursor_expired",
        `after: events behind this cursor are forgotten. They are kept for ${days} days, those since ${keptSince} are here: go on with next_cursor, and read what you missed of messages from the conversations.`,
        { field: "after", members: { kept_since: keptSince, next_cursor: nextCursor } },
      );
    }
    return c.json({
      data: page.events.map(viewEvent),
      next_cursor: nextCursor,
      has_more: page.hasMore,
    });
  });

/** @throws AppError for what is no cursor of ours */
function openPositions(after: string | undefined): Positions | "now" | null {
  if (after === undefined || after === "") return null;
  if (after === "now") return "now";
  const cursor = cursorSchema.safeParse(readCursor(after));
  if (cursor.success) return cursor.data.at;
  throw new AppError("invalid_request", "after: take it from next_cursor of the last page.", {
    field: "after",
  });
}
