import { dispositionOf } from "../lib/attachment.ts";
import { isSafeImage, SNIFF_BYTES, sniffType } from "../lib/sniff-type.ts";
import type { FetchedMedia } from "./fetch-media.ts";

/** Shorter than the claim on the file lasts. */
const TRANSFER_MS = 12 * 60_000;
const PIECE_BYTES = 65_536;

export interface ExpectedMedia {
  declaredType: string | null;
  filename: string | null;
  /** Of the message, such as "image". */
  kind: string;
  /** Hex; null where Meta did not say. */
  sha256: string | null;
  /** As Meta said; NaN where it did not. */
  bytes: number;
  maxBytes: number;
}

/**
 * Streams a file into the archive. What is here of it at any time is its beginning, by which its
 * type is told, and the piece in hand; the archive checks the hash as it comes and keeps nothing of
 * a file that has another. Type and name go with it, so that it can be served by its key alone.
 */
export async function putMedia(
  archive: R2Bucket,
  key: string,
  response: Response,
  expected: ExpectedMedia,
): Promise<FetchedMedia> {
  const { body } = response;
  const length = lengthOf(response) ?? expected.bytes;
  if (body === null || !Number.isSafeInteger(length)) {
    await body?.cancel();
    return { kind: "failed", reason: "no_length" };
  }
  if (length > expected.maxBytes) {
    await body.cancel();
    return { kind: "refused", reason: "too_large" };
  }
  const reader = body.getReader({ mode: "byob" });
  const { readable, writable } = new FixedLengthStream(length);
  const writer = writable.getWriter();
  const breakOff = (err: unknown) => {
    writer.abort(err).catch(() => undefined); // also frees a piece that nobody takes any more
    reader.cancel(err).catch(() => undefined);
  };
  const timer = setTimeout(() => breakOff(new Error("too_slow")), TRANSFER_MS);
  try {
    const first = await reader.readAtLeast(SNIFF_BYTES, new Uint8Array(PIECE_BYTES));
    const beginning = first.value ?? new Uint8Array();
    const mimeType = sniffType(beginning, expected.declaredType);
    const put = archive.put(key, readable, {
      httpMetadata: {
        contentType: mimeType,
        contentDisposition: dispositionOf(isSafeImage(mimeType) ? "inline" : "attachment", {
          filename: expected.filename,
          kind: expected.kind,
          mimeType,
        }),
      },
      ...(expected.sha256 === null ? {} : { sha256: expected.sha256 }),
    });
    put.catch(breakOff);
    const poured = pour(beginning, reader, writer);
    poured.catch(breakOff);
    const [whole, kept] = await Promise.allSettled([poured, put]);
    if (kept.status === "fulfilled" && whole.status === "fulfilled") {
      return { kind: "stored", mimeType, bytes: kept.value.size, sha256: expected.sha256 };
    }
    if (kept.status === "rejected" && isMismatch(kept.reason)) {
      return { kind: "refused", reason: "sha256_mismatch" };
    }
    return { kind: "failed", reason: "transfer_broken", soon: true };
  } catch {
    breakOff(new Error("broken"));
    return { kind: "failed", reason: "transfer_broken", soon: true };
  } finally {
    clearTimeout(timer);
  }
}

/** Of the bytes as they come; a packed answer says how long it is packed. */
function lengthOf(response: Response): number | null {
  const header = response.headers.get("content-length");
  return header === null || response.headers.has("content-encoding") ? null : Number(header);
}

/** Piece by piece, in the memory of the first: a large file leaves no garbage behind. */
async function pour(
  beginning: Uint8Array,
  reader: ReadableStreamBYOBReader,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  let piece = beginning;
  while (piece.byteLength > 0) {
    await writer.write(piece);
    const next = await reader.read(new Uint8Array(piece.buffer));
    if (next.done) break;
    piece = next.value;
  }
  await writer.close();
}

/** R2 says it in words only: "The SHA-256 checksum you specified did not match what we received." */
function isMismatch(err: unknown): boolean {
  return err instanceof Error && /checksum|10037/i.test(err.message);
}
