import { isDelivered, movesForward, STATUS_RANK } from "../database/message-status.ts";
import { calendarDay } from "../lib/calendar-day.ts";
import type { StatusRow } from "../database/store-statuses.ts";
import type { StatusFact } from "../meta/facts.ts";

/** A status as the journal has it: who it is about was worked out at intake. */
export interface ToldStatus {
  n: number;
  customer: string;
  fact: StatusFact;
}

/**
 * One row a message, however many of its statuses a batch holds: rows cost money. What they come to
 * depends on what D1 knows already, so a row carries both outcomes where a `failed` is among them.
 *
 * @param timezone the sender's: a message is counted on its day
 */
export function statusRows(told: ToldStatus[], timezone: string): StatusRow[] {
  const byMessage = Map.groupBy(told, ({ fact }) => fact.wamid);
  return [...byMessage.values()].map((statuses) => rowOf(statuses, timezone));
}

function rowOf(statuses: ToldStatus[], timezone: string): StatusRow {
  const [first] = statuses;
  if (first === undefined) throw new Error("There is no row of no statuses.");
  const row: StatusRow = {
    n: first.n,
    wamid: first.fact.wamid,
    customer: "",
    at: first.fact.at,
    reached: { status: first.fact.status, rank: 0 },
    steps: {},
  };
  let priced = 0;
  for (const { n, customer, fact } of statuses) {
    const { status, at } = fact;
    const rank = STATUS_RANK[status];
    row.n = n; // its fact covers the others': the fence may pass them
    if (row.customer === "") row.customer = customer; // a failed one may name nobody
    row.at = Math.min(row.at, at);
    row.steps[status] = Math.min(row.steps[status] ?? at, at);
    if (movesForward(row.reached.rank, status)) row.reached = { status, rank };
    if (status !== "failed" && rank > (row.climbed?.rank ?? 0)) row.climbed = { status, rank };
    if (isDelivered(rank)) row.deliveredAt = Math.min(row.deliveredAt ?? at, at);
    if (fact.errors !== undefined) row.errors ??= fact.errors;
    const price = priceOf(fact);
    if (price === undefined) continue;
    // What the furthest status says of the price stands; the others fill in what it leaves out.
    row.pricing = rank >= priced ? merge(row.pricing, price) : merge(price, row.pricing);
    priced = Math.max(priced, rank);
  }
  if (row.deliveredAt !== undefined) row.day = calendarDay(timezone, row.deliveredAt);
  return row;
}

/**
 * What Meta said of the price: its `pricing`, and its `conversation` (the free entry point's
 * window) inside, since it is a fact about the price too (protocol.md 2.7, 3.7).
 */
function priceOf(fact: StatusFact): Record<string, unknown> | undefined {
  const conversation = membersOf(fact.conversation);
  const price = {
    ...membersOf(fact.pricing),
    ...(conversation === undefined ? {} : { conversation }),
  };
  return Object.keys(price).length === 0 ? undefined : price;
}

/** The members of an object that say something; D1's merge takes a null as "remove". */
function membersOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

function merge(
  under: Record<string, unknown> | undefined,
  over: Record<string, unknown> | undefined,
): Record<string, unknown> {
  const conversation = {
    ...membersOf(under?.["conversation"]),
    ...membersOf(over?.["conversation"]),
  };
  return {
    ...under,
    ...over,
    ...(Object.keys(conversation).length === 0 ? {} : { conversation }),
  };
}
