import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { listUsage, sumUsage } from "../database/read-usage.ts";
import { AppError } from "../errors.ts";
import { calendarDay, daysBetween, monthOf } from "../lib/calendar-day.ts";
import { ownSender } from "./own-sender.ts";
import { validateQuery } from "./validate.ts";
import type { AppContext } from "../env.ts";
import type { Span, UsageRow } from "../database/read-usage.ts";

/** Delivered service messages that Meta charges nothing for, a number and month (protocol.md 3.7). */
const FREE_A_MONTH = 1_000;
/** How Meta marks one of them. */
const FREE_PRICE = { category: "service", type: "free_customer_service" };
const MAX_DAYS = 366;

const day = z.iso.date("is no day: write it as YYYY-MM-DD.");
const spanQuery = z.strictObject({ from: day.optional(), to: day.optional() });

/** What a sender's delivered messages come to. Mounted under the senders, behind their guard. */
export const usageRoutes = new Hono<AppContext>().get(
  "/:id/usage",
  validateQuery(spanQuery),
  async (c) => {
    const sender = await ownSender(c);
    const month = monthOf(calendarDay(sender.timezone, c.var.services.now()));
    const span = readSpan(c.req.valid("query"), month);
    const database = c.var.services.shard(sender.shard);
    const [rows, used] = await Promise.all([
      listUsage(database, sender.key, span),
      sumUsage(database, sender.key, { from: month.first, to: month.last }, FREE_PRICE),
    ]);
    return c.json({
      ...span,
      timezone: sender.timezone,
      data: rows,
      totals: totalsOf(rows),
      delivered: rows.reduce((sum, row) => sum + row.delivered, 0),
      free_service_messages: {
        month: month.first.slice(0, 7),
        timezone: sender.timezone,
        limit: FREE_A_MONTH,
        used,
        left: Math.max(0, FREE_A_MONTH - used),
      },
    });
  },
);

/** The present month where nothing is asked for; one end alone takes the other from its own month. */
function readSpan(asked: z.infer<typeof spanQuery>, month: { first: string; last: string }): Span {
  const from = asked.from ?? (asked.to === undefined ? month.first : monthOf(asked.to).first);
  const to = asked.to ?? (asked.from === undefined ? month.last : monthOf(asked.from).last);
  if (from > to) {
    throw new AppError("invalid_request", `from: ${from} is after to, ${to}.`, { field: "from" });
  }
  const days = daysBetween(from, to);
  if (days > MAX_DAYS) {
    throw new AppError(
      "invalid_request",
      `to: the span has ${days} days; ${MAX_DAYS} are allowed. Ask for it in parts.`,
      { field: "to" },
    );
  }
  return { from, to };
}

/** The span as a whole, by price. */
function totalsOf(rows: UsageRow[]): Omit<UsageRow, "day">[] {
  const byPrice = Map.groupBy(rows, ({ category, type }) => JSON.stringify([category, type]));
  return [...byPrice.values()]
    .flatMap(([first, ...others]) =>
      first === undefined
        ? []
        : {
            category: first.category,
            type: first.type,
            delivered: others.reduce((sum, row) => sum + row.delivered, first.delivered),
          },
    )
    .toSorted(
      (left, right) =>
        left.category.localeCompare(right.category) || left.type.localeCompare(right.type),
    );
}
