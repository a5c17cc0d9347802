import { createHash } from "node:crypto";

import { graph, graphError } from "./graph-stub.ts";
import { services } from "./seed.ts";
import { rowsOf, senderOf } from "./storage.ts";
import { CUSTOMER, newWamid, seconds } from "./webhooks.ts";
import { sweepMedia } from "../../src/operations/sweep-media.ts";
import { keepMedia } from "../../src/operations/keep-media.ts";
import { eventually } from "./eventually.ts";
import type { Services } from "../../src/services.ts";
import type { TestNumber } from "./seed.ts";
import type { Row } from "./storage.ts";

let files = 0;

/** A picture whose bytes are its own. */
export function pngBytes(text = "a picture"): Uint8Array<ArrayBuffer> {
  const head = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return Uint8Array.from([...head, ...new TextEncoder().encode(text.padEnd(80, "."))]);
}

/** A file at Meta, and how Meta behaves about it; change what it says at any time. */
export class MetaFile {
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mimeType: string;
  /** Answers of the media host before it serves: HTTP statuses, one a download. */
  hostStatuses: number[] = [];
  /** Graph does not know the id. */
  isAbsent = false;
  /** What Graph says the hash is, where it is not the truth. */
  claimedSha256: string | null = null;
  /** What it says the size is. */
  claimedBytes: number | null = null;
  /** What Graph answers instead, to whoever asks for it. */
  refuse: (() => Response) | null = null;
  /** Happens between the answer to its id and its bytes. */
  beforeServing: (() => Promise<unknown>) | null = null;
  downloads = 0;
  resolves = 0;

  constructor(bytes: Uint8Array<ArrayBuffer> = pngBytes(), mimeType = "image/png") {
    files += 1;
    this.id = `8810000000${String(files).padStart(5, "0")}`;
    this.bytes = bytes;
    this.mimeType = mimeType;
    graph.respond(async ({ path, method }) => {
      if (path !== `/${this.id}` || method !== "GET") return undefined;
      this.resolves += 1;
      if (this.refuse !== null) return this.refuse();
      if (this.isAbsent) return graphError(400, 100, "no such object", 33);
      await this.beforeServing?.();
      return Response.json({
        url: `https://media.test/${this.id}`,
        mime_type: this.mimeType,
        sha256: this.claimedSha256 ?? this.hex,
        file_size: String(this.claimedBytes ?? this.bytes.length),
        id: this.id,
      });
    });
    held.set(this.id, this);
    graph.serveMedia((request) => {
      const file = held.get(new URL(request.url).pathname.slice(1));
      return file?.serve() ?? new Response(null, { status: 404 });
    });
  }

  get hex(): string {
    return createHash("sha256").update(this.bytes).digest("hex");
  }

  get base64(): string {
    return createHash("sha256").update(this.bytes).digest("base64");
  }

  serve(): Response {
    this.downloads += 1;
    const status = this.hostStatuses.shift() ?? 200;
    if (status !== 200) return new Response("no", { status });
    const length = String(this.claimedBytes ?? this.bytes.length);
    return new Response(this.bytes, { headers: { "content-length": length } });
  }

  /** A message that brings it, as an element of `messages` or `message_echoes`. */
  message(options: { wamid?: string; type?: string; at?: number; part?: object } = {}) {
    const type = options.type ?? "image";
    return {
      from: CUSTOMER,
      id: options.wamid ?? newWamid("media"),
      timestamp: seconds(options.at ?? Date.now()),
      type,
      [type]: { id: this.id, mime_type: this.mimeType, sha256: this.base64, ...options.part },
    };
  }
}

const held = new Map<string, MetaFile>();

/** The row of a message's file. */
export async function mediaRow(number: TestNumber, wamid: string): Promise<Row | undefined> {
  return (await rowsOf(number, "media")).find((row) => row["wamid"] === wamid);
}

/** Until the file of a message is in this state, by whatever queue brings it there. */
export async function mediaIs(number: TestNumber, wamid: string, state: string): Promise<Row> {
  return eventually(async () => {
    const row = await mediaRow(number, wamid);
    if (row?.["state"] !== state) throw new Error(`It is ${String(row?.["state"])}.`);
    return row;
  }, 20);
}

/** Until the first attempt at a message's file has failed. */
export async function tried(number: TestNumber, wamid: string): Promise<void> {
  await eventually(async () => {
    const row = await mediaRow(number, wamid);
    if (row?.["reason"] === null) throw new Error("Nobody has tried.");
  }, 20);
}

/** Services at another time, with queues that lose everything, and with no pauses. */
export function servicesAt(now: number): Services {
  const lost = { sendBatch: () => Promise.resolve(), send: () => Promise.resolve() };
  const own = services();
  return {
    ...own,
    now: () => now,
    sleep: () => Promise.resolve(),
    queues: { ...own.queues, media: lost as unknown as Services["queues"]["media"] },
  };
}

/** One attempt at a file, by hand, at this time. */
export async function attempt(number: TestNumber, wamid: string, now: number): Promise<void> {
  const { key } = await senderOf(number);
  await keepMedia(servicesAt(now), { sender: key, wamid });
}

/** How many files a sweep at this time points at. */
export function sweptAt(now: number): Promise<number> {
  return sweepMedia(servicesAt(now));
}
