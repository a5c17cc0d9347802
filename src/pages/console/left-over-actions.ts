import * as z from "zod";
import { reasonIn, textIn } from "./reason-in.ts";
import { findDeadLetter, LETTER_SOURCES } from "../../database/dead-letters.ts";
import { findUnrouted } from "../../database/unrouted.ts";
import { AppError } from "../../errors.ts";
import { readCursor, writeCursor } from "../../lib/cursor.ts";
import { discardDeadLetter, discardUnrouted } from "../../operations/discard-left-over.ts";
import { doNoted } from "../../operations/note-audit.ts";
import {
  redriveDeadLetter,
  redriveDeadLetters,
  redriveUnrouted,
  redriveUnroutedItems,
} from "../../operations/redrive-left-over.ts";
import { check } from "../../routes/validate.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { Deed } from "../../lib/audit-actions.ts";
import type { RedriveCounts, RedriveResult } from "../../operations/redrive-left-over.ts";

/** One click does so many over, and says how to go on. */
const AT_ONCE = 100;
const PAGE = "/console/left-over";
const place = z.object({ at: z.number(), id: z.string() });
/** As the API takes it: it stands in the audit. */
const itemReason = z.string().max(100).nullable();
const source = z.enum(LETTER_SOURCES).nullable().catch(null);

/** What a click came to, as the page behind it says in words. */
export const SAID = {
  done: "Done: it is gone.",
  under_way: "Under way: it goes from here when its work is done, and counts up if it fails again.",
  failed_again: "It failed again, and has counted up.",
  discarded: "Discarded.",
} as const;

export async function doLetterOver(c: Context<AppContext>) {
  const letter = await letterOf(c);
  return doing(c, "dead_letter.redrive", letter.id, letter.sender, async () =>
    answer(c, await redriveDeadLetter(c.var.services, letter.id)),
  );
}

export async function doLettersOver(c: Context<AppContext>) {
  const of = source.parse(await textIn(c, "source"));
  const after = await placeIn(c);
  const query = { source: of, senders: null, after, limit: AT_ONCE };
  const counts = await doing(c, "dead_letter.redrive_all", `of ${of ?? "all"}`, null, () =>
    redriveDeadLetters(c.var.services, query),
  );
  return answerMany(c, counts, of === null ? {} : { source: of });
}

export async function discardLetter(c: Context<AppContext>) {
  const letter = await letterOf(c);
  const detail = `${letter.id}: ${await reasonIn(c)}`;
  await doing(c, "dead_letter.discard", detail, letter.sender, () =>
    discardDeadLetter(c.var.services, letter.id),
  );
  return c.redirect(`${PAGE}?said=discarded`, 303);
}

export async function tryItemAgain(c: Context<AppContext>) {
  const { id, shard, sender } = await itemOf(c);
  return doing(c, "unrouted.redrive", `in ${shard}`, sender, async () =>
    answer(c, await redriveUnrouted(c.var.services, shard, id)),
  );
}

export async function tryItemsAgain(c: Context<AppContext>) {
  const reason = check(itemReason, (await textIn(c, "of")) || null);
  const after = await placeIn(c);
  const query = { reason, senders: null, after, limit: AT_ONCE };
  const counts = await doing(c, "unrouted.redrive_all", `of ${reason ?? "all"}`, null, () =>
    redriveUnroutedItems(c.var.services, query),
  );
  return answerMany(c, counts, { of: "items", ...(reason === null ? {} : { why: reason }) });
}

export async function discardItem(c: Context<AppContext>) {
  const { id, shard, sender } = await itemOf(c);
  const detail = `in ${shard}: ${await reasonIn(c)}`;
  await doing(c, "unrouted.discard", detail, sender, () =>
    discardUnrouted(c.var.services, shard, id),
  );
  return c.redirect(`${PAGE}?said=discarded`, 303);
}

function answer(c: Context<AppContext>, result: RedriveResult) {
  if (result.kind === "impossible") throw new AppError("conflict", result.why);
  if (result.kind === "not_found") throw gone();
  return c.redirect(`${PAGE}?said=${result.kind}`, 303);
}

function answerMany(
  c: Context<AppContext>,
  { last, ...counts }: RedriveCounts,
  filter: Record<string, string>,
) {
  const query = new URLSearchParams({
    ...filter,
    ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])),
    ...(last === null ? {} : { on: writeCursor(last) }),
  });
  return c.redirect(`${PAGE}?${query.toString()}`, 303);
}

async function letterOf(c: Context<AppContext>) {
  const letter = await findDeadLetter(c.var.services.registry, await textIn(c, "id"));
  if (letter === null) throw gone();
  return letter;
}

async function itemOf(c: Context<AppContext>) {
  const [id, shard] = [await textIn(c, "id"), await textIn(c, "shard")];
  if (!c.var.services.shards.some((name) => name === shard)) throw gone();
  const item = await findUnrouted(c.var.services.shard(shard), id);
  if (item === null) throw gone();
  return { id, shard, sender: item.sender };
}

async function placeIn(c: Context<AppContext>) {
  const found = place.safeParse(readCursor(await textIn(c, "on")));
  return found.success ? found.data : null;
}

function doing<T>(
  c: Context<AppContext>,
  action: Deed,
  detail: string,
  sender: number | null,
  deed: () => Promise<T>,
): Promise<T> {
  const { services, operator } = c.var;
  return doNoted(services, { operator, action, detail, sender: sender ?? undefined }, deed);
}

function gone(): AppError {
  return new AppError("not_found", "It is not here any more.");
}
