import { Buffer } from "node:buffer";

/** One part of a multipart body, as far as it has come by. */
export interface WatchedPart {
  name: string;
  isFile: boolean;
  contentType: string | null;
  bytes: number;
  /** The value of a short field; of a file nothing. */
  text: string;
  /** Whether its end has come by. */
  ended: boolean;
}

const TEXT_MAX_BYTES = 1_024;
const HEAD_MAX_BYTES = 16_384;
const PARTS_MAX = 32;
const LINE_END = Buffer.from("\r\n");
const NOTHING = Buffer.alloc(0);
const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * Watches a multipart/form-data body (RFC 7578) go by without keeping it: names, types and sizes of
 * its parts are known while the bytes travel on unchanged.
 */
export class MultipartWatch {
  readonly parts: WatchedPart[] = [];
  /** Why this is no multipart body, once that is certain. */
  fault: string | null = null;
  readonly #delimiter: Buffer;
  #state: "body" | "boundary" | "head" | "epilogue" = "body";
  /** What may be the start of a delimiter or of a head. The first delimiter has no line before it. */
  #held: Buffer = LINE_END;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  }

  /** The next bytes, in chunks of any size. They are not kept: the caller may use the buffer again. */
  push(chunk: Uint8Array): void {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let data: Buffer | null = this.#held.length === 0 ? fresh : this.#join(fresh);
    while (data !== null) data = this.#step(data);
  }

  /**
   * Puts what is held before the new bytes. Within a file only the seam is copied, not the chunk:
   * else a file of 100 MB would leave as much garbage behind.
   */
  #join(data: Buffer): Buffer {
    const held = this.#held;
    this.#held = NOTHING;
    const reach = this.#delimiter.length - 1;
    if (this.#state !== "body" || data.length < reach) return Buffer.concat([held, data]);
    const seam = Buffer.concat([held, data.subarray(0, reach)]);
    const at = seam.indexOf(this.#delimiter);
    if (at < 0) {
      this.#pass(held);
      return data;
    }
    this.#pass(seam.subarray(0, at));
    this.#endPart();
    return data.subarray(at + this.#delimiter.length - held.length);
  }

  /** @returns what is left to look at; null when more bytes are needed, after holding what matters */
  #step(data: Buffer): Buffer | null {
    if (this.fault !== null) return null;
    switch (this.#state) {
      case "body": {
        const at = data.indexOf(this.#delimiter);
        const passed = at < 0 ? data.length - this.#delimiter.length + 1 : at;
        this.#pass(data.subarray(0, Math.max(0, passed)));
        if (at < 0) return this.#hold(data.subarray(Math.max(0, passed)));
        this.#endPart();
        return data.subarray(at + this.#delimiter.length);
      }
      case "boundary": {
        if (data.length < 2) return this.#hold(data);
        if (data.toString("latin1", 0, 2) === "--") {
          this.#state = "epilogue";
          return null;
        }
        const at = data.indexOf(LINE_END);
        if (at < 0) return this.#holdHead(data);
        this.#state = "head";
        return data.subarray(at); // with the line end: a head may be empty
      }
      case "head": {
        const at = data.indexOf(HEAD_END);
        if (at < 0) return this.#holdHead(data);
        this.#open(data.toString("utf8", 0, at));
        this.#state = "body";
        return data.subarray(at + HEAD_END.length);
      }
      case "epilogue":
        return null;
    }
  }

  #endPart(): void {
    const part = this.parts.at(-1);
    if (part !== undefined) part.ended = true;
    this.#state = "boundary";
  }

  #open(head: string): void {
    if (this.parts.length === PARTS_MAX) {
      this.fault = `It has more than ${PARTS_MAX} parts.`;
      return;
    }
    const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? "";
    const contentType = /^content-type:(.*)$/im.exec(head)?.[1]?.trim() ?? null;
    this.parts.push({
      name: parameter(disposition, "name") ?? "",
      isFile: parameter(disposition, "filename") !== undefined,
      contentType,
      bytes: 0,
      text: "",
      ended: false,
    });
  }

  #pass(bytes: Buffer): void {
    const part = this.parts.at(-1);
    if (part === undefined) return;
    if (!part.isFile && part.text.length < TEXT_MAX_BYTES) {
      part.text += bytes.toString("utf8", 0, TEXT_MAX_BYTES);
    }
    part.bytes += bytes.length;
  }

  #hold(data: Buffer): null {
    this.#held = Buffer.from(data);
    return null;
  }

  #holdHead(data: Buffer): null {
    if (data.length > HEAD_MAX_BYTES) this.fault = "The head of a part does not end.";
    return this.#hold(data);
  }
}

/** The boundary named in a content-type header, or null when it is not multipart/form-data. */
export function multipartBoundary(contentType: string): string | null {
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType)) return null;
  const boundary = parameter(contentType.slice(contentType.indexOf(";")), "boundary");
  return boundary === undefined || boundary === "" || boundary.length > 200 ? null : boundary;
}

function parameter(header: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]*))`, "i").exec(header);
  return found?.[1] ?? found?.[2];
}
