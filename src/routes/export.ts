import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { listPersons, readProfiles } from "../database/customer-names.ts";
import { listChunks } from "../database/history.ts";
import { findHome } from "../database/moves.ts";
import { listContacts } from "../database/read-contacts.ts";
import { listConversations } from "../database/read-conversations.ts";
import { listAllMessages } from "../database/read-messages.ts";
import { findSync, listGenerations } from "../database/syncs.ts";
import { writeCursor } from "../lib/cursor.ts";
import { errorKind, log } from "../lib/log.ts";
import { ndjsonStream } from "../lib/ndjson.ts";
import { linkConversations, linkMessages } from "../operations/link-messages.ts";
import { instant } from "./instant.ts";
import { ownSender } from "./own-sender.ts";
import { openCursor } from "./paging.ts";
import { viewChunk, viewSync } from "./sync-views.ts";
import { validateQuery } from "./validate.ts";
import {
  iso,
  viewContact,
  viewConversation,
  viewMessageHistory,
  viewProfile,
  viewSender,
} from "./views.ts";
import type { AppContext } from "../env.ts";
import type { Sender } from "../database/senders.ts";

/** Rows a query; a page of the longest messages stays far from a Worker's 128 MB. */
const PAGE = 500;
/** D1 takes 1,000 queries an invocation (platform.md 2.1), and a page has up to three. */
const PAGES_A_CALL = 320;

export const EXPORT_PARTS = [
  "sender",
  "customers",
  "contacts",
  "conversations",
  "syncs",
  "messages",
] as const;
type Part = (typeof EXPORT_PARTS)[number];
type Line = { type: string } & Record<string, unknown>;

/** A page of a part: its lines, and where the next one begins. */
interface Page {
  lines: Line[];
  next: string | null;
}

interface Export {
  registry: D1Database;
  database: D1Database;
  sender: Sender;
  since: number | undefined;
  pages: number;
}

const place = z.object({ part: z.enum(EXPORT_PARTS), after: z.string().nullable() });
const query = z.object({ since: instant.optional(), cursor: z.string().optional() });

/**
 * Everything of one sender as NDJSON, each line an object with a `type`; the last is
 * `{"type": "end", counts, next_cursor}`, and a stream that ends without it was broken. Memory does
 * not grow with it: D1 is read page by page, as fast as the caller reads. Customers come in the
 * order of their keys, messages in that of their wamids; so what arrives meanwhile may or may not
 * be in it, and nothing else is missed or doubled. `since` narrows messages and conversations.
 * Past some 200,000 rows a call ends with a `next_cursor`, to go on with.
 *
 * Mounted under the senders, behind their guard.
 *
 * @param pagesACall tests make it small
 */
export function exportRoutes(pagesACall = PAGES_A_CALL) {
  return new Hono<AppContext>().get("/:id/export", validateQuery(query), async (c) => {
    const sender = await ownSender(c);
    const { since, cursor } = c.req.valid("query");
    const { registry, shard } = c.var.services;
    const database = shard(sender.shard);
    const from = openCursor(place, cursor);
    const lines = writeExport({ registry, database, sender, since, pages: pagesACall }, from);
    c.header("content-type", "application/x-ndjson");
    return c.body(
      ndjsonStream(lines, (err) => {
        const { requestId } = c.var; // the stream is read when the handler is long over
        log.warn("export.broken", { requestId, sender: sender.key, error: errorKind(err) });
      }),
    );
  });
}

async function* writeExport(
  work: Export,
  from: z.infer<typeof place> | null,
): AsyncGenerator<Line[]> {
  const counts = Object.fromEntries(EXPORT_PARTS.map((part) => [part, 0])) as Record<Part, number>;
  let at: z.infer<typeof place> | null = from ?? { part: "sender", after: null };
  for (let page = 0; at !== null && page < work.pages; page++) {
    const { part, after }: z.infer<typeof place> = at;
    const { lines, next } = await READ[part](work, after);
    counts[part] += lines.length;
    if (lines.length > 0) yield lines;
    at = next === null ? partBehind(part) : { part, after: next };
  }
  // The former shard's rows are gone ten minutes after a move: what was not found is not none.
  const home = await findHome(work.registry, work.sender.key);
  if (home?.shard !== work.sender.shard) throw new Error("The sender moved during its export.");
  yield [{ type: "end", counts, next_cursor: at === null ? null : writeCursor(at) }];
}

function partBehind(part: Part): z.infer<typeof place> | null {
  const next = EXPORT_PARTS[EXPORT_PARTS.indexOf(part) + 1];
  return next === undefined ? null : { part: next, after: null };
}

/** How each part is read, page by page, each by a key of its own. */
const READ: Record<Part, (work: Export, after: string | null) => Promise<Page>> = {
  sender: async ({ sender }) => ({
    lines: [{ type: "sender", ...viewSender(sender) }],
    next: null,
  }),
  customers: async ({ database, sender }, after) => {
    const persons = await listPersons(database, sender.key, after, PAGE);
    const profiles = await readProfiles(database, sender.key, persons);
    const lines = persons.map((person) => {
      const profile = profiles.get(person);
      const aliases = profile?.aliases ?? [];
      return { type: "customer", ...viewProfile(person, profile), aliases };
    });
    return { lines, next: lastOfFull(persons, (person) => person) };
  },
  contacts: async ({ database, sender }, after) => {
    const rows = await listContacts(database, sender.key, after ?? "", PAGE);
    const lines = rows.map((row) => ({ type: "contact", ...viewContact(row) }));
    return { lines, next: lastOfFull(rows, (row) => row.customer) };
  },
  conversations: async ({ database, sender, since }, after) => {
    // By person: one that moves to the top meanwhile would be passed over.
    const rows = await listConversations(database, sender.key, {
      order: "person",
      after: after === null ? null : { lastAt: 0, person: after },
      limit: PAGE,
      since,
    });
    const profiles = await readProfiles(
      database,
      sender.key,
      rows.map((row) => row.person),
    );
    const linked = await linkConversations(database, sender.key, rows);
    const lines = linked.map((row) => ({
      type: "conversation",
      ...viewConversation(row, sender, profiles.get(row.person)),
    }));
    return { lines, next: lastOfFull(rows, (row) => row.person) };
  },
  syncs: async ({ database, sender }, after) => {
    // The place in the ledger: the generation that is being written, and its last chunk.
    const generations = await listGenerations(database, sender.key);
    const ledger = z.object({ generation: z.number(), at: z.number(), chunk: z.string() });
    const reached = after === null ? null : ledger.parse(JSON.parse(after));
    const generation = reached?.generation ?? generations[0];
    if (generation === undefined) return { lines: [], next: null };
    const begins = reached === null || reached.chunk === "";
    const heads = begins ? await readSyncs(database, sender, generation) : [];
    const chunks = await listChunks(database, sender.key, generation, {
      after: reached,
      limit: PAGE,
    });
    const lines = chunks.map((chunk) => ({
      type: "sync_chunk",
      generation: iso(generation),
      ...viewChunk(chunk),
    }));
    const more = lastOfFull(chunks, ({ at, chunk }) => JSON.stringify({ generation, at, chunk }));
    const earlier = generations[generations.indexOf(generation) + 1];
    const behind =
      earlier === undefined ? null : JSON.stringify({ generation: earlier, at: 0, chunk: "" });
    return { lines: [...heads, ...lines], next: more ?? behind };
  },
  messages: async ({ database, sender, since }, after) => {
    const page = { after: after ?? "", filter: { since }, limit: PAGE };
    const rows = await listAllMessages(database, sender.key, page);
    const linked = await linkMessages(database, sender.key, rows);
    const lines = linked.map((row) => {
      // `type` is what kind of line this is; Meta's type of the message has its own name.
      const { send: _, type, ...message } = viewMessageHistory(row, sender, null);
      return { ...message, type: "message", message_type: type };
    });
    return { lines, next: lastOfFull(rows, (row) => row.wamid) };
  },
};

async function readSyncs(
  database: D1Database,
  sender: Sender,
  generation: number,
): Promise<Line[]> {
  const kinds = ["contacts", "history"] as const;
  const syncs = await Promise.all(
    kinds.map((kind) => findSync(database, sender.key, generation, kind)),
  );
  return kinds.flatMap((kind, index) => {
    const sync = syncs[index] ?? null;
    return sync === null
      ? []
      : [{ type: "sync", kind, generation: iso(generation), ...viewSync(sync) }];
  });
}

function lastOfFull<T>(rows: T[], key: (row: T) => string): string | null {
  const last = rows.length < PAGE ? undefined : rows.at(-1);
  return last === undefined ? null : key(last);
}
