import { beforeEach, describe, expect, it } from "vitest";
import { drainSends } from "../../src/operations/drain-sends.ts";
import { sendBatch } from "../../src/operations/send-batch.ts";
import { sendMessage } from "../../src/operations/send-message.ts";
import { eventually } from "../support/eventually.ts";
import { graph } from "../support/graph-stub.ts";
import { evict, seedObservedSender, services } from "../support/seed.ts";
import {
  commandTo,
  customer,
  eventsOf,
  passTime,
  QUEUED,
  readSend,
  runAlarm,
  sendIdOf,
  sendPath,
  sendReaches,
  sendsOf,
  stopClock,
  takePlace,
  templateTo,
} from "../support/sends.ts";
import { runObjectSql } from "../support/storage.ts";
import type { BatchInput } from "../../src/operations/send-batch.ts";
import type { SendInput } from "../../src/operations/send-message.ts";
import type { Phone, Services } from "../../src/services.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const phone = () => services().phone(number.id);

/** When an answer gets lost: after the object did what it was asked, or before it heard of it. */
type Loss = "after" | "before";

/** Services that lose the object's answers to these calls, the first of each or all of them. */
function losing(
  losses: Partial<Record<keyof Phone, Loss>>,
  { onlyFirst = false }: { onlyFirst?: boolean } = {},
): Services {
  const real = services();
  const lost = new Set<string>();
  const lossy = (id: string): Phone =>
    new Proxy(real.phone(id), {
      get:
        (stub, name: keyof Phone) =>
        async (...args: never[]) => {
          // Called by name: a stub knows no methods to take hold of.
          const methods = stub as unknown as Record<
            string,
            (...given: never[]) => Promise<unknown>
          >;
          const loss = onlyFirst && lost.has(name) ? undefined : losses[name];
          if (loss !== "before") {
            const answer = await methods[name]?.(...args);
            if (loss === undefined) return answer;
          }
          lost.add(name);
          throw new Error("Network connection lost.");
        },
    });
  return { ...real, phone: lossy };
}

function sendInput(options: Partial<SendInput> = {}): SendInput {
  return {
    partner: partner.id,
    phoneNumberId: number.id,
    body: templateTo(customer(1)),
    maxWaitMs: 10_000,
    idempotencyKey: undefined,
    signal: new AbortController().signal,
    waitUntil: () => undefined,
    ...options,
  };
}

function batchInput(count: number, idempotencyKey?: string): BatchInput {
  const items = Array.from({ length: count }, (_, n) => ({
    body: templateTo(customer(n)),
    expiresAt: Date.now() + 3_600_000,
    idempotencyKey: undefined,
  }));
  return {
    partner: partner.id,
    phoneNumberId: number.id,
    items,
    idempotencyKey,
    takeControl: false,
  };
}

/** Whatever the object still has of sends, by state. */
async function leftThere(): Promise<string[]> {
  const rows = await runObjectSql(number.id, `SELECT state FROM outbox ORDER BY n`);
  return rows.map((row) => String(row["state"]));
}

/** An hour later nothing was sent, and nobody is told of a send they were told had failed. */
async function expectNothingEver(): Promise<void> {
  expect(await leftThere()).toEqual([]);
  passTime(2 * 3_600_000);
  await runAlarm(number);
  expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
  expect(graph.sent).toEqual([]);
  expect(await eventsOf(partner, number, "send.settled")).toEqual([]);
}

const MODES: [mode: string, options: Partial<SendInput>][] = [
  ["a waiting call", {}],
  ["a call that does not wait", { maxWaitMs: null }],
];

describe("the object's lost answer to an admission", () => {
  it.each(MODES)("of %s is a failure that leaves nothing behind", async (_mode, options) => {
    stopClock();
    const lossy = losing({ admit: "after" });
    expect(await sendMessage(lossy, sendInput(options))).toEqual({ kind: "failed" });
    await expectNothingEver();
  });

  it("of a batch is a failure that leaves nothing behind", async () => {
    stopClock();
    const answer = await sendBatch(losing({ admitMany: "after" }), batchInput(30));
    expect(answer).toEqual({ kind: "failed" });
    await expectNothingEver();
  });

  it("leaves the place and the key to whoever comes next", async () => {
    stopClock();
    const input = sendInput({ idempotencyKey: "key-1" });
    const first = await takePlace(partner, number, customer(5));
    expect(await sendMessage(losing({ admit: "after" }), input)).toEqual({ kind: "failed" });
    const next = await takePlace(partner, number, customer(6));
    expect(next.placeAt - first.placeAt).toBe(50);
    const again = await sendMessage(services(), input);
    expect(again).toMatchObject({ kind: "settled", replayed: false });
    expect(graph.sent).toHaveLength(1);
  });

  it("leaves the keys of a batch to its repeat, which queues each once", async () => {
    stopClock();
    const input = batchInput(3, "call-1");
    expect(await sendBatch(losing({ admitMany: "after" }), input)).toEqual({ kind: "failed" });
    const again = await sendBatch(services(), input);
    expect(again).toMatchObject({ kind: "taken" });
    const ids = "items" in again ? again.items.map((item) => "send" in item && item.send) : [];
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) await sendReaches(partner, number, String(id), "accepted");
    expect(graph.sent).toHaveLength(3);
  });

  it.each(MODES)("of %s, also when taking it back fails, is in doubt", async (_mode, options) => {
    stopClock();
    const lossy = losing({ admit: "after", retract: "before" });
    expect(await sendMessage(lossy, sendInput(options))).toEqual({ kind: "in_doubt" });
    expect(await leftThere()).toEqual([options.maxWaitMs === null ? "queued" : "placed"]);
  });

  it("of a batch, also when taking it back fails, is in doubt", async () => {
    stopClock();
    const lossy = losing({ admitMany: "after", retract: "before" });
    expect(await sendBatch(lossy, batchInput(3))).toEqual({ kind: "in_doubt" });
    expect(await leftThere()).toEqual(["queued", "queued", "queued"]);
  });

  it("in doubt is cleared up by the same key: what was queued then is answered, not queued again", async () => {
    stopClock();
    const lossy = losing({ admit: "after", retract: "before" });
    const input = sendInput({ maxWaitMs: null, idempotencyKey: "key-1" });
    expect(await sendMessage(lossy, input)).toEqual({ kind: "in_doubt" });
    const again = await sendMessage(services(), input);
    expect(again).toMatchObject({ kind: "queued", replayed: true });
    expect(await leftThere()).toHaveLength(1);
  });

  it("in doubt of a waiting call never reaches Meta: nobody carries it, and it is told as unknown", async () => {
    stopClock();
    const lossy = losing({ admit: "after", retract: "before" });
    expect(await sendMessage(lossy, sendInput())).toEqual({ kind: "in_doubt" });
    passTime(61_000);
    await runAlarm(number);
    expect(await leftThere()).toEqual(["unknown"]);
    passTime(3_600_000);
    await runAlarm(number);
    expect(await eventsOf(partner, number, "send.settled")).toMatchObject([
      { data: { outcome: "unknown" } },
    ]);
    expect(graph.sent).toEqual([]);
  });

  it("of a batch that a drainer is at already is in doubt: what it took may be at Meta", async () => {
    stopClock();
    const attempt = "attempt_test";
    const commands = [1, 2, 3].map((n) =>
      commandTo(partner, customer(n), { mode: QUEUED, attempt }),
    );
    const [first = ""] = sendsOf(await phone().admitMany(commands));
    await phone().next("drainer_test", 1);
    expect(await phone().retract(attempt)).toBe(false);
    expect(await leftThere()).toEqual(["placed"]);
    expect(await readSend(partner, number, first)).toMatchObject({ state: "placed" });
  });
});

describe("an attempt that was taken back before it arrived", () => {
  const modes = [
    ["waiting", { wait: true, maxWaitMs: 10_000 }],
    ["queued", QUEUED],
  ] as const;

  it.each(modes)("is refused when it arrives after all: %s", async (_what, mode) => {
    stopClock();
    const command = commandTo(partner, customer(1), { mode });
    expect(await phone().retract(command.attempt)).toBe(true);
    expect(await phone().admit(command)).toEqual({ kind: "retracted" });
    await expectNothingEver();
  });

  it("is refused when it arrives after all: a batch, each of its messages", async () => {
    stopClock();
    const attempt = "attempt_late";
    await phone().retract(attempt);
    const commands = [1, 2].map((n) => commandTo(partner, customer(n), { mode: QUEUED, attempt }));
    expect(await phone().admitMany(commands)).toEqual({
      batch: null,
      items: [{ kind: "retracted" }, { kind: "retracted" }],
      ticket: false,
    });
    await expectNothingEver();
  });

  it("is still refused after thousands of others were taken back", async () => {
    const command = commandTo(partner, customer(1), { mode: QUEUED });
    for (let n = 0; n < 1_500; n++) {
      if (n === 1_000) await phone().retract(command.attempt);
      await phone().retract(`attempt_${n}`);
    }
    expect(await phone().admit(command)).toEqual({ kind: "retracted" });
  });
});

describe("an attempt beside its own repeat", () => {
  const idempotency = { key: "key-1", bodyHash: "hash" };

  it("is not taken back where the repeat was told that it is queued", async () => {
    stopClock();
    const first = commandTo(partner, customer(1), { mode: QUEUED, idempotency });
    const repeat = commandTo(partner, customer(1), { mode: QUEUED, idempotency });
    await phone().admit(first);
    expect(await phone().admit(repeat)).toMatchObject({ kind: "known" });
    expect(await phone().retract(first.attempt)).toBe(false);
    expect(await leftThere()).toEqual(["queued"]);
  });

  it("does not fail with the repeat's lost answer: what it was about is still there", async () => {
    stopClock();
    const first = commandTo(partner, customer(1), { mode: QUEUED, idempotency });
    const repeat = commandTo(partner, customer(1), { mode: QUEUED, idempotency });
    await phone().admit(first);
    await phone().admit(repeat);
    expect(await phone().retract(repeat.attempt)).toBe(false);
    expect(await leftThere()).toEqual(["queued"]);
  });

  it("of a waiting call is taken back: the repeat is told that nothing was sent", async () => {
    stopClock();
    for (let n = 0; n < 30; n++) await takePlace(partner, number, customer(100 + n));
    const key = "key-1";
    const lossy = losing({ admit: "after", retract: "before" });
    const kept = await sendMessage(lossy, sendInput({ idempotencyKey: key }));
    expect(kept).toEqual({ kind: "in_doubt" });
    const repeat = sendMessage(services(), sendInput({ idempotencyKey: key }));
    const [row] = await runObjectSql(number.id, `SELECT max(n), attempt FROM outbox`);
    expect(await phone().retract(String(row?.["attempt"]))).toBe(true);
    expect(await repeat).toEqual({ kind: "withdrawn" });
    expect(graph.sent).toEqual([]);
  });
});

describe("at the door", () => {
  /** The object takes the send in and fails before it can answer. */
  const failAfterTaking = () =>
    runObjectSql(
      number.id,
      `CREATE TRIGGER lose AFTER INSERT ON idempotency BEGIN SELECT RAISE(FAIL, 'lost'); END`,
    );
  const failTakingBack = () =>
    runObjectSql(
      number.id,
      `CREATE TRIGGER keep BEFORE DELETE ON outbox BEGIN SELECT RAISE(FAIL, 'lost'); END`,
    );
  const mend = async () => {
    await runObjectSql(number.id, `DROP TRIGGER lose`);
    await runObjectSql(number.id, `DROP TRIGGER IF EXISTS keep`);
  };
  const send = (prefer?: string) =>
    partner.post(sendPath(number), templateTo(customer(1)), {
      "idempotency-key": "key-1",
      ...(prefer === undefined ? {} : { prefer }),
    });
  const sendBulk = () =>
    partner.post(
      `/v1/senders/${number.id}/messages:batch`,
      { messages: [templateTo(customer(1)), templateTo(customer(2))] },
      { "idempotency-key": "call-1" },
    );

  it.each([["waiting", undefined] as const, ["async", "respond-async"] as const])(
    "a failed %s send is a 503 that may be repeated, and leaves nothing",
    async (_mode, prefer) => {
      await failAfterTaking();
      const failed = await send(prefer);
      expect(failed.status).toBe(503);
      expect(await failed.json()).toMatchObject({ error: { is_transient: true } });
      expect(await leftThere()).toEqual([]);
      await mend();
      const again = await send(prefer);
      expect([200, 202]).toContain(again.status);
      await sendReaches(partner, number, sendIdOf(again), "accepted");
      expect(graph.sent).toHaveLength(1);
    },
  );

  it.each([["waiting", undefined] as const, ["async", "respond-async"] as const])(
    "a %s send in doubt is a 504 that is not to be repeated blindly",
    async (_mode, prefer) => {
      await failAfterTaking();
      await failTakingBack();
      const doubted = await send(prefer);
      expect(doubted.status).toBe(504);
      expect(await doubted.json()).toMatchObject({ error: { code: 131000, is_transient: false } });
      expect(graph.sent).toEqual([]);
    },
  );

  it("a failed batch is a 503, and one in doubt a 504", async () => {
    await failAfterTaking();
    const failed = await sendBulk();
    expect(failed.status).toBe(503);
    expect(await failed.json()).toMatchObject({ code: "unavailable" });
    expect(await leftThere()).toEqual([]);
    await failTakingBack();
    const doubted = await sendBulk();
    expect(doubted.status).toBe(504);
    expect(await doubted.json()).toMatchObject({ code: "in_doubt" });
    await mend();
  });
});

describe("a drainer", () => {
  const queue = async (count: number) =>
    sendsOf(
      await phone().admitMany(
        Array.from({ length: count }, (_, n) => commandTo(partner, customer(n), { mode: QUEUED })),
      ),
    );
  const heardOf = () => graph.sent.map((body) => String(body["biz_opaque_callback_data"]));

  it.each(["after", "before"] as const)(
    "that loses the object's answer (%s it was given) sends all the same, each once",
    async (loss) => {
      const ids = await queue(15);
      await drainSends(losing({ next: loss }, { onlyFirst: true }), number.id);
      expect(heardOf().toSorted()).toEqual(ids.toSorted());
      for (const id of ids) {
        expect(await readSend(partner, number, id)).toMatchObject({ state: "accepted" });
      }
    },
  );

  it("gives back only what it did not get: what it carries goes on", async () => {
    stopClock();
    const ids = await queue(4);
    const { carries } = await phone().next("drainer_a", 2);
    await phone().next("drainer_a", 1); // lost
    await phone().next("drainer_b", 1);
    await evict(number);
    const places = carries.map((carry) => carry.placeAt);
    await phone().giveBack("drainer_a", places);
    const states = await Promise.all(
      ids.map(async (id) => (await readSend(partner, number, id)).state),
    );
    expect(states).toEqual(["placed", "placed", "queued", "placed"]);
  });

  it("settles once though the answer to its word is lost time and again", async () => {
    const ids = await queue(2);
    const deaf = losing({ settle: "after" });
    await drainSends(deaf, number.id);
    expect(graph.sent).toHaveLength(2);
    for (const id of ids) await sendReaches(partner, number, id, "accepted");
    expect(await eventsOf(partner, number, "send.settled")).toHaveLength(2);
  });

  it("that cannot settle leaves an unknown send, which nobody sends again", async () => {
    const [id = ""] = await queue(1);
    const mute = { ...losing({ settle: "before" }), sleep: () => Promise.resolve() };
    await drainSends(mute, number.id);
    expect(graph.sent).toHaveLength(1);
    expect(await readSend(partner, number, id)).toMatchObject({ state: "placed" });
    stopClock(Date.now() + 120_000);
    await runAlarm(number);
    expect(await readSend(partner, number, id)).toMatchObject({ state: "unknown" });
    await phone().giveBack("drainer_other", []);
    expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
  });
});

describe("a caller whose place is far ahead", () => {
  it.each([
    ["before", undefined, "failed"],
    ["after", undefined, "failed"],
    ["before", "before", "in_doubt"],
  ] as const)(
    "has nothing sent where the last word before it is lost (%s, taking back %s)",
    async (confirm, retract, kind) => {
      stopClock();
      for (let n = 0; n < 30; n++) await takePlace(partner, number, customer(100 + n));
      const lossy = losing({ confirm, ...(retract === undefined ? {} : { retract }) });
      expect(await sendMessage(lossy, sendInput())).toEqual({ kind });
      expect(graph.sent).toEqual([]);
      const left = (await leftThere()).length - 30;
      expect(left).toBe(kind === "failed" ? 0 : 1);
    },
  );
});

describe("a caller that hangs up", () => {
  it.each(["after", "before"] as const)(
    "has nothing sent, also where the object's answer to that is lost (%s it took the send back)",
    async (loss) => {
      stopClock();
      for (let n = 0; n < 30; n++) await takePlace(partner, number, customer(100 + n));
      const hangUp = new AbortController();
      const kept: Promise<unknown>[] = [];
      const waitUntil = (promise: Promise<unknown>) => void kept.push(promise);
      void sendMessage(losing({ withdraw: loss }), sendInput({ signal: hangUp.signal, waitUntil }));
      await eventually(() => expect(kept).toHaveLength(1));
      hangUp.abort();
      expect(await Promise.all(kept)).toEqual([{ kind: "withdrawn" }]);
      expect(graph.sent).toEqual([]);
    },
  );
});
