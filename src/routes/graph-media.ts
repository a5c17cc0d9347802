import { Hono } from "../lib/hono.ts";
import { hearOut } from "../lib/read-through.ts";
import { deleteMedia } from "../operations/delete-media.ts";
import { openMedia } from "../operations/open-media.ts";
import { uploadMedia } from "../operations/upload-media.ts";
import { answerGraph, queryOf } from "./graph-answer.ts";
import type { AppContext } from "../env.ts";

/** Asked of Meta's media host as the caller asks it of us. */
const ASKED = ["range", "if-range", "if-none-match", "if-modified-since"];
/** What of its answer goes on. A length only where the bytes are not packed. */
const TOLD = [
  "content-type",
  "content-disposition",
  "content-range",
  "accept-ranges",
  "etag",
  "last-modified",
];

/** Files: upload to Graph, bytes from Meta's media host, deletion. Nothing is held here. */
export const graphMediaRoutes = new Hono<AppContext>()
  .post("/:id{[0-9]+}/media", async (c) => {
    const declared = c.req.header("content-length");
    const { body } = c.req.raw;
    const answer = await uploadMedia(c.var.services, {
      partner: c.var.partner,
      senders: c.var.senders,
      phoneNumberId: c.req.param("id"),
      query: queryOf(c),
      contentType: c.req.header("content-type") ?? "",
      contentLength: declared !== undefined && /^\d+$/.test(declared) ? Number(declared) : null,
      body,
    });
    await hearOut(body); // where it was refused unread
    return answerGraph(c, answer);
  })
  .get("/:id{[0-9]+}/download", async (c) => {
    const wanted = ASKED.flatMap((name) => {
      const value = c.req.header(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const opened = await openMedia(c.var.services, {
      partner: c.var.partner,
      senders: c.var.senders,
      media: c.req.param("id"),
      phoneNumberId: c.req.query("phone_number_id"),
      wanted: Object.fromEntries(wanted),
    });
    if (opened.kind !== "open") return answerGraph(c, opened);
    const { headers, status, body } = opened.response;
    const told = new Headers({ "cache-control": "private, no-store" });
    for (const name of headers.has("content-encoding") ? TOLD : [...TOLD, "content-length"]) {
      const value = headers.get(name);
      if (value !== null) told.set(name, value);
    }
    return new Response(body, { status, headers: told });
  })
  .delete("/:id{[0-9]+}", async (c) =>
    answerGraph(
      c,
      await deleteMedia(c.var.services, {
        partner: c.var.partner,
        senders: c.var.senders,
        media: c.req.param("id"),
        phoneNumberId: c.req.query("phone_number_id"),
      }),
    ),
  );
