import { beforeEach, describe, expect, it } from "vitest";
import { sendMessage } from "../../src/operations/send-message.ts";
import { eventually } from "../support/eventually.ts";
import { graph } from "../support/graph-stub.ts";
import { evict, seedObservedSender, services } from "../support/seed.ts";
import {
  ACCEPTED,
  carryOf,
  commandTo,
  customer,
  readSend,
  stopClock,
  takePlace,
  templateTo,
} from "../support/sends.ts";
import type { SendInput } from "../../src/operations/send-message.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
  stopClock();
});

const phone = () => services().phone(number.id);

/** Uses up the places of the next seconds: who comes now has to wait. */
async function fillPlaces(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await takePlace(partner, number, customer(n));
}

describe("the numbers of withdrawn sends", () => {
  const admit = (key: string) =>
    phone().admit(
      commandTo(partner, customer(90), {
        idempotency: { key: `${partner.id}:${key}`, bodyHash: "hash" },
      }),
    );
  const numberOf = (send: string) => /^snd_([0-9a-z]+)_/.exec(send)?.[1];

  it.each(["the later one first", "the earlier one first"])(
    "invariant 5: are never given again, also after an eviction: %s",
    async (order) => {
      await fillPlaces(5);
      const waiting = [carryOf(await admit("k1")).send, carryOf(await admit("k2")).send];
      const withdrawn = order.startsWith("the later") ? waiting.toReversed() : waiting;
      for (const send of withdrawn) expect(await phone().withdraw(send)).toBe(true);
      await evict(number);

      const fresh: string[] = [];
      for (const n of [95, 96, 97]) {
        const { send } = carryOf(await phone().admit(commandTo(partner, customer(n))));
        fresh.push(send);
        await phone().settle(send, ACCEPTED(`wamid.of-${n}`));
      }
      expect(new Set([...waiting, ...fresh].map(numberOf)).size).toBe(5);
      for (const key of ["k1", "k2"]) {
        const again = carryOf(await admit(key)).send;
        expect([...waiting, ...fresh]).not.toContain(again);
        expect(await readSend(partner, number, again)).toMatchObject({ wamid: null });
      }
    },
  );
});

describe("a caller that hangs up while its send waits", () => {
  /** A send whose answer nobody awaits; returns what was put under waitUntil. */
  function sendUnheard(signal: AbortSignal): Promise<unknown>[] {
    const kept: Promise<unknown>[] = [];
    const input: SendInput = {
      partner: partner.id,
      phoneNumberId: number.id,
      body: templateTo(customer(90)),
      maxWaitMs: 30_000,
      idempotencyKey: undefined,
      signal,
      waitUntil: (promise) => kept.push(promise),
    };
    void sendMessage(services(), input);
    return kept;
  }

  it("has it taken back though nobody awaits the answer any more", async () => {
    await fillPlaces(100);
    const hangUp = new AbortController();
    const kept = sendUnheard(hangUp.signal);
    await eventually(() => expect(kept).toHaveLength(1));
    hangUp.abort();
    expect(await Promise.all(kept)).toEqual([{ kind: "withdrawn" }]);
    expect(graph.sent).toEqual([]);
    // Its place is the next one's.
    const next = await takePlace(partner, number, customer(91));
    const last = await takePlace(partner, number, customer(92));
    expect(last.placeAt - next.placeAt).toBe(50);
  });

  it("is under waitUntil from the admission on, to its outcome", async () => {
    await fillPlaces(30);
    const kept = sendUnheard(new AbortController().signal);
    await eventually(() => expect(kept).toHaveLength(1));
    expect(graph.sent).toEqual([]); // its place is yet to come
    const [answer] = (await Promise.all(kept)) as { kind: string; send: string }[];
    expect(answer).toMatchObject({ kind: "settled", outcome: { state: "accepted" } });
    expect(await readSend(partner, number, answer?.send ?? "")).toMatchObject({
      state: "accepted",
    });
  });
});
