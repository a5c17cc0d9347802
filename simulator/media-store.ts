import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";
import type { MediaOrigin } from "./rules/media-life.ts";
import { isMediaAlive, isMediaUrlAlive } from "./rules/media-life.ts";

export type Media = {
  id: string;
  wabaId: string;
  origin: MediaOrigin;
  createdAt: number;
  mimeType: string;
  bytes: Buffer;
  /** sha256 of the bytes: hex when a media id is read, base64 in a webhook. */
  sha256: Buffer;
};

export const MIME_TYPES: Record<string, string> = {
  image: "image/png",
  sticker: "image/webp",
  audio: "audio/ogg; codecs=opus",
  video: "video/mp4",
  document: "application/pdf",
};

/** Media and the short-lived links to them (rules/media-life.ts). */
export class MediaStore {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #media = new Map<string, Media>();
  readonly #urls = new Map<string, { mediaId: string; issuedAt: number }>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  add(wabaId: string, origin: MediaOrigin, mimeType: string, bytes: Buffer): Media {
    const media: Media = {
      id: `8${this.#random.digits(14)}`,
      wabaId,
      origin,
      createdAt: this.#clock.now(),
      mimeType,
      bytes,
      sha256: createHash("sha256").update(bytes).digest(),
    };
    this.#media.set(media.id, media);
    return media;
  }

  /**
   * Made-up content; an image is a real PNG of one colour, the rest only says what it is.
   *
   * @param size bytes of a file that only has to be large; by default it is small
   */
  invent(wabaId: string, type: string, size?: number): Media {
    const mimeType = MIME_TYPES[type] ?? "application/octet-stream";
    const bytes =
      size !== undefined
        ? Buffer.alloc(size, `made-up ${type} ${this.#random.hex(32)}\n`)
        : type === "image"
          ? paintPng(this.#random.int(2 ** 24))
          : Buffer.from(
              `made-up ${type} ${this.#random.hex(32)}\n`.repeat(20 + this.#random.int(60)),
            );
    return this.add(wabaId, "webhook", mimeType, bytes);
  }

  find(id: string): Media | undefined {
    const media = this.#media.get(id);
    return media && isMediaAlive(media, this.#clock.now()) ? media : undefined;
  }

  delete(id: string): void {
    this.#media.delete(id);
  }

  /** A fresh link's key, good for 5 simulated minutes. */
  issueUrl(mediaId: string): string {
    const key = this.#random.hex(40);
    this.#urls.set(key, { mediaId, issuedAt: this.#clock.now() });
    return key;
  }

  /** What a link serves, or undefined when it is too old or its media is gone. */
  open(key: string): Media | undefined {
    const url = this.#urls.get(key);
    if (!url) return undefined;
    if (!isMediaUrlAlive(url, this.#clock.now())) {
      this.#urls.delete(key);
      return undefined;
    }
    return this.find(url.mediaId);
  }
}

function pngPart(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function paintPng(colour: number): Buffer {
  const size = 48;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8); // 8 bits a channel, RGB
  const row = Buffer.alloc(1 + size * 3);
  for (let x = 0; x < size; x++) row.writeUIntBE(colour, 1 + x * 3, 3);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: size }, () => row)));
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    pngPart("IHDR", head),
    pngPart("IDAT", pixels),
    pngPart("IEND", Buffer.alloc(0)),
  ]);
}
