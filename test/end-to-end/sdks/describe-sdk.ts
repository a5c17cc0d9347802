import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSdkWorld } from "./sdk-world.ts";
import type { SdkTarget, SdkWorld } from "./sdk-world.ts";

/** How an SDK reads a refusal: whatever its own error class makes of it. */
export interface Reading {
  code: number | undefined;
  /** The SDK's own words for it: class, category, what to do. */
  [word: string]: unknown;
}

/** What a message of each kind may refer to. */
export interface Given {
  to: string;
  /** Id of an uploaded picture; the other files are sent by link. */
  picture: string;
  /** A message of the customer, to react to. */
  wamid: string;
}

/** An SDK behind the few calls that the tests below make; each call is the SDK's own. */
export interface Sdk {
  /** Sends, and returns the wamid. @throws what `read` understands */
  text(to: string, body: string, callback?: string): Promise<string>;
  /** Each kind it has, by a name of its own: Meta's type, and the send that returns the wamid. */
  kinds(given: Given): Record<string, [type: string, send: () => Promise<string>]>;
  upload(bytes: Uint8Array<ArrayBuffer>, mimeType: string): Promise<string>;
  download(media: string): Promise<Uint8Array>;
  remove(media: string): Promise<boolean>;
  markRead(wamid: string): Promise<boolean>;
  showTyping(wamid: string): Promise<boolean>;
  /** What the SDK makes of a refusal. */
  read(refusal: unknown): Reading;
}

/** The transport that SDKs let their users bring along. */
export class SdkFetch {
  /** Added to each request, as a user's own transport would. */
  headers: Record<string, string> = {};
  lastRetryAfter: string | null = null;
  /** Where requests to Graph's own host go; for SDKs that know no other. */
  readonly #instead: string | null;

  constructor(insteadOfGraph: string | null = null) {
    this.#instead = insteadOfGraph;
  }

  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input instanceof Request ? input : this.#place(input), init);
    for (const [name, value] of Object.entries(this.headers)) request.headers.set(name, value);
    const response = await fetch(request);
    this.lastRetryAfter = response.headers.get("retry-after");
    return response;
  };

  #place(address: string | URL): string {
    const text = String(address);
    return this.#instead === null
      ? text
      : text.replace("https://graph.facebook.com", this.#instead);
  }
}

export interface SdkSuite {
  sdk: Sdk;
  world: SdkWorld;
}

/**
 * What every SDK must find at the gateway as it finds it at Meta.
 *
 * @param build the SDK pointed at a target, with a transport if it takes one
 * @param refused how the SDK reads a closed window and a busy number
 */
export function describeSdk(
  name: string,
  build: (target: SdkTarget, transport: SdkFetch, phoneNumberId: string) => Sdk,
  refused: { closedWindow: Reading; busyNumber: Reading },
  more: (suite: () => SdkSuite) => void = () => undefined,
): void {
  describe(`${name} through the gateway`, () => {
    let world: SdkWorld;
    let sdk: Sdk;
    let transport: SdkFetch;

    beforeAll(async () => {
      world = await startSdkWorld();
      transport = new SdkFetch(world.tandem.url);
      sdk = build(world.tandem, transport, world.business.phoneNumberId);
    });
    afterAll(() => world.stop());

    it("sends every kind that it has, and each arrives at Meta as that type", async () => {
      const to = await world.openCustomer();
      const received = await world.event("message.received", (data) => phoneOf(data) === to);
      const kinds = sdk.kinds({
        to,
        picture: await sdk.upload(new Uint8Array(2_000).fill(3), "image/png"),
        wamid: String(received.data["wamid"]),
      });
      const wanted: Record<string, string> = {};
      const arrived: Record<string, string | undefined> = {};
      for (const [kind, [type, send]] of Object.entries(kinds)) {
        const wamid = await send();
        const record = world.simulator.ledger.sends.find((sent) => sent.wamid === wamid);
        wanted[kind] = `${type} to ${to}`;
        arrived[kind] = record && `${record.type} to ${record.recipient}`;
      }
      expect(arrived).toEqual(wanted);
      expect(Object.keys(arrived).length).toBeGreaterThanOrEqual(11);
    });

    it("uploads a file, gets the same bytes back, and deletes it", async () => {
      const bytes = Uint8Array.from({ length: 300_000 }, (_, n) => (n * 31) % 253);
      const media = await sdk.upload(bytes, "application/pdf");
      expect(Buffer.compare(await sdk.download(media), bytes)).toBe(0);
      expect(await sdk.remove(media)).toBe(true);
      const reading = await refusalOf(sdk, () => sdk.download(media));
      expect(reading.code).toBe(100);
    });

    it("downloads what a customer sent, byte for byte", async () => {
      const from = world.silentCustomer();
      const { wamid } = world.simulator.customerWrites(world.business, { from, type: "image" });
      const { data } = await world.event("message.received", (told) => told["wamid"] === wamid);
      const image = data["image"] as { id: string; sha256: string };
      const bytes = await sdk.download(image.id);
      expect(createHash("sha256").update(bytes).digest("base64")).toBe(image.sha256);
    });

    it("marks a message read, and shows that it is typing", async () => {
      const { wamid } = world.simulator.customerWrites(world.business, {
        from: world.silentCustomer(),
      });
      expect(await sdk.markRead(wamid)).toBe(true);
      expect(await sdk.showTyping(wamid)).toBe(true);
    });

    it("finds its own callback data in what follows a send", async () => {
      const to = await world.openCustomer();
      const callback = `order 7 of "${name}" ✓`;
      const wamid = await sdk.text(to, "It is ready.", callback);
      const about = (data: Record<string, unknown>) => data["wamid"] === wamid;
      for (const type of ["send.settled", "message.status"]) {
        const { data } = await world.event(type, about);
        expect(data["biz_opaque_callback_data"]).toBe(callback);
      }
      // On the wire it was our id: the SDK's own never reached Meta.
      const sent = world.simulator.ledger.sends.find((record) => record.wamid === wamid);
      expect(sent?.bizOpaqueCallbackData).not.toBe(callback);
    });

    it("reads a closed window as it reads Meta's own word for it", async () => {
      const to = world.silentCustomer();
      const before = world.simulator.ledger.refused.length;
      const ours = await refusalOf(sdk, () => sdk.text(to, "Too late?"));
      expect(world.simulator.ledger.refused).toHaveLength(before); // ours: Meta was not asked
      expect(ours).toEqual(refused.closedWindow);
      const { meta, business } = world;
      const direct = build(meta, new SdkFetch(meta.url), business.phoneNumberId);
      expect(await refusalOf(direct, () => direct.text(to, "Too late?"))).toEqual(ours);
    });

    it("reads a busy number, and when to try again", async () => {
      const to = await world.openCustomer();
      const filled = world.fillPlaces();
      transport.headers = { prefer: "wait=0" };
      try {
        const reading = await firstRefusal(sdk, () => sdk.text(to, "Quickly!"));
        expect(reading).toEqual(refused.busyNumber);
        expect(Number(transport.lastRetryAfter)).toBeGreaterThanOrEqual(1);
      } finally {
        transport.headers = {};
        await filled;
      }
    });

    more(() => ({ sdk, world }));
  });
}

/** How the SDK reads the refusal of a call that must be refused. */
async function refusalOf(sdk: Sdk, call: () => Promise<unknown>): Promise<Reading> {
  try {
    await call();
  } catch (refusal) {
    return sdk.read(refusal);
  }
  throw new Error("The call was not refused.");
}

/** The first refusal of a call that passes until the places are gone. */
async function firstRefusal(sdk: Sdk, call: () => Promise<unknown>): Promise<Reading> {
  for (let tries = 0; tries < 30; tries++) {
    try {
      await call();
    } catch (refusal) {
      return sdk.read(refusal);
    }
  }
  throw new Error("The number never was busy.");
}

function phoneOf(data: Record<string, unknown>): unknown {
  return (data["customer"] as { phone?: string } | undefined)?.phone;
}
