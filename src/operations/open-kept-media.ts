import { readRange } from "../lib/byte-range.ts";
import type { ByteRange } from "../lib/byte-range.ts";
import type { Services } from "../services.ts";

/** A file in the archive, ready to be served. */
export interface OpenedMedia {
  mimeType: string;
  disposition: string;
  etag: string;
  /** Of the whole file. */
  bytes: number;
  /** The part that is served; null: all of it. */
  range: ByteRange | null;
  /** Null where the caller has it already, or asked for a part behind its end. */
  body: ReadableStream | null;
  outcome: "whole" | "part" | "unchanged" | "unsatisfiable";
}

/** What the caller asks of it, by its headers. */
export interface WantedPart {
  range: string | undefined;
  ifRange: string | undefined;
  ifNoneMatch: string | undefined;
}

/**
 * Opens a stored file. Its bytes stream; type and name are those it was stored with.
 *
 * @returns null where it is not in the archive (any more)
 */
export async function openKeptMedia(
  services: Services,
  key: string,
  wanted: WantedPart,
): Promise<OpenedMedia | null> {
  const head = await services.archive.head(key);
  if (head === null) return null;
  const { size, httpEtag: etag, httpMetadata } = head;
  const about = {
    mimeType: httpMetadata?.contentType ?? "application/octet-stream",
    disposition: httpMetadata?.contentDisposition ?? "attachment",
    etag,
    bytes: size,
  };
  if (matchesEtag(wanted.ifNoneMatch, etag)) {
    return { ...about, range: null, body: null, outcome: "unchanged" };
  }
  // A part of what the caller holds the rest of; of another file it would fit nowhere.
  const fits = wanted.ifRange === undefined || wanted.ifRange === etag;
  const range = fits ? readRange(wanted.range, size) : null;
  if (range === "unsatisfiable") {
    return { ...about, range: null, body: null, outcome: "unsatisfiable" };
  }
  const object = await services.archive.get(key, {
    onlyIf: { etagMatches: head.etag },
    ...(range === null ? {} : { range }),
  });
  // Deleted in between, or stored once more: the caller asks again.
  if (object === null || !("body" in object)) return null;
  return { ...about, range, body: object.body, outcome: range === null ? "whole" : "part" };
}

function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header
    .split(",")
    .some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === etag);
}
