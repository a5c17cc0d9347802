import { AppError } from "../errors.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { OpenedMedia, WantedPart } from "../operations/open-kept-media.ts";

/** What the caller wants of a file, by its headers. */
export function wantedOf(c: Context<AppContext>): WantedPart {
  return {
    range: c.req.header("range"),
    ifRange: c.req.header("if-range"),
    ifNoneMatch: c.req.header("if-none-match"),
  };
}

/**
 * Serves a file that a stranger sent, so that no browser runs it: never as another type than it was
 * found to be, never in place unless it is a picture, and without any right if it is opened after all.
 */
export function serveMedia(file: OpenedMedia): Response {
  const headers = new Headers({
    "content-type": file.mimeType,
    "content-disposition": file.disposition,
    "accept-ranges": "bytes",
    etag: file.etag,
    // May be kept, by the one who asked; but a deleted file must not be shown again.
    "cache-control": "private, no-cache",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
  });
  switch (file.outcome) {
    case "unchanged":
      return new Response(null, { status: 304, headers });
    case "unsatisfiable":
      headers.set("content-range", `bytes */${file.bytes}`);
      return new Response(null, { status: 416, headers });
    case "whole":
      headers.set("content-length", String(file.bytes));
      return new Response(file.body, { headers });
    case "part": {
      const { offset, length } = file.range ?? { offset: 0, length: file.bytes };
      headers.set("content-range", `bytes ${offset}-${offset + length - 1}/${file.bytes}`);
      headers.set("content-length", String(length));
      return new Response(file.body, { status: 206, headers });
    }
  }
}

export function deletedFile(): AppError {
  return new AppError(
    "media_deleted",
    "The file was deleted here; Meta's copy is not kept either.",
  );
}
