import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { findDeadLetter, LETTER_SOURCES, listDeadLetters } from "../database/dead-letters.ts";
import { listSenderKeys } from "../database/senders.ts";
import { findUnrouted, listUnrouted } from "../database/unrouted.ts";
import { AppError } from "../errors.ts";
import { writeCursor } from "../lib/cursor.ts";
import { describeLetter } from "../operations/describe-letter.ts";
import { discardDeadLetter, discardUnrouted } from "../operations/discard-left-over.ts";
import { doNoted, noteAudit } from "../operations/note-audit.ts";
import {
  redriveDeadLetter,
  redriveDeadLetters,
  redriveUnrouted,
  redriveUnroutedItems,
} from "../operations/redrive-left-over.ts";
import { viewDeadLetter, viewUnrouted } from "./left-over-views.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { requireOperator } from "./require-operator.ts";
import { validateBody, validateQuery } from "./validate.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { Deed } from "../lib/audit-actions.ts";
import type { Services } from "../services.ts";
import type { RedriveCounts, RedriveResult } from "../operations/redrive-left-over.ts";

/** Each can be a call to an object or a queue, one after the other. */
const AT_ONCE = 100;

const sender = z.string().regex(/^\d{1,20}$/, "is a phone_number_id, or the gateway's own key");
const source = z.enum(LETTER_SOURCES);
const itemReason = z.string().min(1).max(100);
const reason = z.string().trim().min(1).max(200);
const place = z.object({ at: z.number(), id: z.string() });
const lettersQuery = pageQuery.extend({ source: source.optional(), sender: sender.optional() });
const itemsQuery = pageQuery.extend({
  reason: itemReason.optional(),
  sender: sender.optional(),
});
const oneQuery = z
  .object({ content: z.enum(["true", "false"]).default("false"), reason: reason.optional() })
  .refine((query) => query.content === "false" || query.reason !== undefined, {
    path: ["reason"],
    message: "say why you look at content: it is kept in the audit",
  });
const many = {
  sender: sender.optional(),
  cursor: z.string().optional(),
  limit: z.int().min(1).max(AT_ONCE).default(AT_ONCE),
};
const lettersBody = z.strictObject({ source: source.optional(), ...many });
const itemsBody = z.strictObject({ reason: itemReason.optional(), ...many });
const discardQuery = z.object({ reason });

/** Operators': what failed for good, and what nobody could use yet. */
export const adminLeftOverRoutes = new Hono<AppContext>()
  .use(requireOperator)
  .get("/dead-letters", validateQuery(lettersQuery), async (c) => {
    const query = c.req.valid("query");
    const { registry, now } = c.var.services;
    const letters = await listDeadLetters(registry, {
      source: query.source ?? null,
      senders: await sendersNamed(c, query.sender),
      openAt: null,
      after: openCursor(place, query.cursor),
      limit: query.limit,
    });
    const at = now();
    return c.json({
      data: letters.map((letter) => viewDeadLetter(letter, at)),
      next_cursor: nextCursor(letters, query.limit, placeOf),
    });
  })
  .get("/dead-letters/:id", validateQuery(oneQuery), async (c) => {
    const { services } = c.var;
    const query = c.req.valid("query");
    const letter = await findDeadLetter(services.registry, c.req.param("id"));
    if (letter === null) throw gone();
    const body: unknown = JSON.parse(letter.body);
    const isOpen = query.content === "true";
    if (isOpen) await noteLook(c, letter.sender, `${letter.id}: ${query.reason}`);
    return c.json({
      ...viewDeadLetter(letter, services.now()),
      about: describeLetter(services, letter.source, body),
      content: isOpen ? (body as Record<string, unknown>) : null,
    });
  })
  .post("/dead-letters/:id/redrive", async (c) => {
    const id = c.req.param("id");
    const letter = await findDeadLetter(c.var.services.registry, id);
    if (letter === null) throw gone();
    return doing(c, "dead_letter.redrive", letter.id, letter.sender, async () =>
      answer(c, id, await redriveDeadLetter(c.var.services, id)),
    );
  })
  .post("/dead-letters:redrive", validateBody(lettersBody, { optional: true }), async (c) => {
    const body = c.req.valid("json");
    const detail = filterOf(body.source, body.sender);
    const counts = await doing(c, "dead_letter.redrive_all", detail, null, async () =>
      redriveDeadLetters(c.var.services, {
        source: body.source ?? null,
        senders: await sendersNamed(c, body.sender),
        after: openCursor(place, body.cursor),
        limit: body.limit,
      }),
    );
    return c.json(viewCounts(counts));
  })
  .delete("/dead-letters/:id", validateQuery(discardQuery), async (c) => {
    const letter = await findDeadLetter(c.var.services.registry, c.req.param("id"));
    if (letter === null) throw gone();
    const detail = `${letter.id}: ${c.req.valid("query").reason}`;
    await doing(c, "dead_letter.discard", detail, letter.sender, () =>
      discardDeadLetter(c.var.services, letter.id),
    );
    return c.body(null, 204);
  })
  .get("/unrouted", validateQuery(itemsQuery), async (c) => {
    const query = c.req.valid("query");
    const items = await listUnrouted(c.var.services, {
      reason: query.reason ?? null,
      senders: await sendersNamed(c, query.sender),
      after: openCursor(place, query.cursor),
      limit: query.limit,
    });
    return c.json({
      data: items.map(viewUnrouted),
      next_cursor: nextCursor(items, query.limit, placeOf),
    });
  })
  .get("/unrouted/:id", validateQuery(oneQuery), async (c) => {
    const query = c.req.valid("query");
    const { shard, id } = itemNamed(c.var.services, c.req.param("id"));
    const item = await findUnrouted(c.var.services.shard(shard), id);
    if (item === null) throw gone();
    const isOpen = query.content === "true";
    if (isOpen) await noteLook(c, item.sender, `unrouted in ${shard}: ${query.reason}`);
    return c.json({
      ...viewUnrouted({ ...item, shard }),
      route: item.route?.split(":")[0] ?? null,
      content: isOpen ? (JSON.parse(item.raw) as Record<string, unknown>) : null,
    });
  })
  .post("/unrouted/:id/redrive", async (c) => {
    const { shard, id } = itemNamed(c.var.services, c.req.param("id"));
    const item = await findUnrouted(c.var.services.shard(shard), id);
    if (item === null) throw gone();
    return doing(c, "unrouted.redrive", `in ${shard}`, item.sender, async () =>
      answer(c, c.req.param("id"), await redriveUnrouted(c.var.services, shard, id)),
    );
  })
  .post("/unrouted:redrive", validateBody(itemsBody, { optional: true }), async (c) => {
    const body = c.req.valid("json");
    const detail = filterOf(body.reason, body.sender);
    const counts = await doing(c, "unrouted.redrive_all", detail, null, async () =>
      redriveUnroutedItems(c.var.services, {
        reason: body.reason ?? null,
        senders: await sendersNamed(c, body.sender),
        after: openCursor(place, body.cursor),
        limit: body.limit,
      }),
    );
    return c.json(viewCounts(counts));
  })
  .delete("/unrouted/:id", validateQuery(discardQuery), async (c) => {
    const { shard, id } = itemNamed(c.var.services, c.req.param("id"));
    const item = await findUnrouted(c.var.services.shard(shard), id);
    if (item === null) throw gone();
    const detail = `in ${shard}: ${c.req.valid("query").reason}`;
    await doing(c, "unrouted.discard", detail, item.sender, () =>
      discardUnrouted(c.var.services, shard, id),
    );
    return c.body(null, 204);
  });

/** @throws AppError conflict where it cannot be done over */
function answer(c: Context<AppContext>, id: string, result: RedriveResult) {
  if (result.kind === "impossible") throw new AppError("conflict", result.why);
  if (result.kind === "not_found") throw gone();
  return c.json({ id, outcome: result.kind }, 202);
}

function viewCounts({ last, ...counts }: RedriveCounts) {
  return { ...counts, next_cursor: last === null ? null : writeCursor(last) };
}

function placeOf({ at, id }: { at: number; id: string }) {
  return { at, id };
}

/** `DB_1:…` as `viewUnrouted` names an item. @throws AppError not_found */
function itemNamed(services: Services, named: string): { shard: string; id: string } {
  const shard = named.slice(0, Math.max(0, named.indexOf(":")));
  if (!services.shards.some((name) => name === shard)) throw gone();
  return { shard, id: named.slice(shard.length + 1) };
}

async function sendersNamed(
  c: Context<AppContext>,
  named: string | undefined,
): Promise<number[] | null> {
  return named === undefined ? null : listSenderKeys(c.var.services.registry, named);
}

function filterOf(of: string | undefined, named: string | undefined): string {
  return [`of ${of ?? "all"}`, ...(named === undefined ? [] : [`sender ${named}`])].join(", ");
}

function doing<T>(
  c: Context<AppContext>,
  action: Deed,
  detail: string,
  about: number | null,
  deed: () => Promise<T>,
): Promise<T> {
  const { services, operator } = c.var;
  return doNoted(services, { operator, action, detail, sender: about ?? undefined }, deed);
}

async function noteLook(
  c: Context<AppContext>,
  about: number | null,
  detail: string,
): Promise<void> {
  const { services, operator } = c.var;
  const sender = about ?? undefined;
  await noteAudit(services, { operator, action: "content.read", detail, sender });
}

function gone(): AppError {
  return new AppError("not_found", "It is not here: it was done over, or discarded.");
}
