import { beforeEach, describe, expect, it } from "vitest";
import { deliver, evict, seedObservedSender } from "../support/seed.ts";
import {
  contactChange,
  customerChange,
  customersIn,
  messageFrom,
  wamidsOf as readWamids,
} from "../support/customers.ts";
import { countRows } from "../support/count-rows.ts";
import { DAY, historyStored, HOUR, rowsOf, snapshot } from "../support/storage.ts";
import {
  echoes,
  historyChunk,
  inbound,
  newWamid,
  seconds,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const [OLD, NEW] = ["15550177301", "15550177302"];
const [BSUID, NEXT] = ["US.30100000000000000001", "US.30100000000000000002"];
const NOW = Math.floor(Date.now() / 1000) * 1000;
const MOVED_AT = NOW - 10 * 60_000;

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

function message(
  wamid: string,
  phone: string | undefined,
  { bsuid, at = NOW, name }: { at?: number; bsuid?: string; name?: string } = {},
) {
  const names = {
    ...(phone === undefined ? {} : { phone }),
    ...(bsuid === undefined ? {} : { bsuid }),
  };
  return messageFrom(number, names, { wamid, at, ...(name === undefined ? {} : { name }) });
}

const system = (extra: Record<string, unknown>, fields: Record<string, unknown>) =>
  inbound(number, {
    id: newWamid("system"),
    timestamp: seconds(MOVED_AT),
    type: "system",
    ...extra,
    system: { body: "changed", ...fields },
  });
const moved = (after: Record<string, unknown> = { wa_id: NEW }) =>
  customerChange(number, OLD, after, MOVED_AT);
const contact = (name: string | null, at: number, ids: Record<string, unknown>) =>
  contactChange(number, ids, name, at);

const wamidsOf = (customer: string) => readWamids(partner, number, customer);
const isOpen = async (customer: string) =>
  (await partner.read(`/v1/senders/${number.id}/windows/${customer}`))["open"];
const keysIn = (table: string) => customersIn(number, table);
const changes = async () =>
  (await partner.events()).filter((event) => event.type === "customer.changed");

describe("one person under two names is one record", () => {
  it("known by BSUID, then with a phone: customer, contact and conversation go on as one", async () => {
    await deliver(number, message("wamid.1", undefined, { bsuid: BSUID, name: "Una Vale" }));
    await deliver(number, contact("Una from work", NOW - HOUR, { user_id: BSUID }));
    await deliver(number, echoes(number, { id: "wamid.2", to: undefined, to_user_id: BSUID }));
    const [before] = await rowsOf(number, "conversations");
    await deliver(number, message("wamid.3", OLD, { bsuid: BSUID, at: NOW - HOUR }));
    expect(await rowsOf(number, "customers")).toMatchObject([
      { customer: OLD, phone: OLD, bsuid: BSUID, name: "Una Vale" },
    ]);
    expect(await rowsOf(number, "contacts")).toMatchObject([
      { customer: OLD, phone: OLD, bsuid: BSUID, full_name: "Una from work" },
    ]);
    expect(await rowsOf(number, "conversations")).toEqual([{ ...before, customer: OLD }]);
    expect(await wamidsOf(BSUID)).toEqual(["wamid.1", "wamid.2", "wamid.3"]);
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    const customer = { phone: OLD, bsuid: BSUID };
    expect(data).toMatchObject([{ customer }, { customer }, { customer }]);
  });

  it("also where both of its names come in one webhook, or by a contact", async () => {
    const first = textMessage({ extra: { from: undefined, from_user_id: BSUID } });
    const second = textMessage({ from: OLD, extra: { from_user_id: BSUID } });
    await deliver(number, inbound(number, first, second));
    expect(await keysIn("customers")).toEqual([OLD]);
    expect(await keysIn("conversations")).toEqual([OLD]);
    await deliver(number, message("wamid.n", undefined, { bsuid: NEXT }));
    await deliver(number, contact("Both", NOW, { phone_number: `+${NEW}`, user_id: NEXT }));
    expect(await keysIn("conversations")).toEqual([OLD, NEW]);
  });

  it("when history writes under the name that is no more", async () => {
    await deliver(number, message("wamid.1", OLD, { bsuid: BSUID }));
    const past = [
      textMessage({ wamid: "wamid.old", at: NOW - 9 * DAY, extra: { from: undefined } }),
    ];
    await webhook(historyChunk(number, { [BSUID]: past }));
    await historyStored(number, 1);
    expect(await keysIn("customers")).toEqual([OLD]);
    expect(await rowsOf(number, "conversations")).toMatchObject([
      { customer: OLD, last_wamid: "wamid.1" },
    ]);
    expect(await wamidsOf(OLD)).toEqual(["wamid.1", "wamid.old"]);
  });

  it.each([
    ["Brazil", "5511987654321", "551187654321"],
    ["Mexico", "5215512345678", "525512345678"],
    ["Argentina", "5491123456789", "541123456789"],
  ])("%s: spelled one way by history, the other by what is live", async (_, one, other) => {
    const past = [textMessage({ wamid: "wamid.old", at: NOW - 9 * DAY, from: one })];
    await webhook(historyChunk(number, { [one]: past }));
    await historyStored(number, 1);
    await deliver(number, message("wamid.live", other, { name: "Rua Longa" }));
    await deliver(number, contact("Spelled", NOW, { phone_number: `+${other}` }));
    for (const table of ["customers", "contacts", "conversations"]) {
      expect(await keysIn(table)).toEqual([one]);
    }
    expect(await wamidsOf(other)).toEqual(["wamid.live", "wamid.old"]);
  });
});

describe("a change of number or BSUID", () => {
  it.each([
    ["wa_id", { wa_id: NEW }],
    ["new_wa_id", { new_wa_id: NEW }],
    ["wa_id and both BSUIDs", { wa_id: NEW, user_id: NEXT, previous_user_id: BSUID }],
  ])("by %s takes everything along, and is told once", async (_, after) => {
    await deliver(
      number,
      message("wamid.1", OLD, { bsuid: BSUID, name: "Una Vale", at: NOW - HOUR }),
    );
    await deliver(number, contact("Una V.", NOW - HOUR, { phone_number: OLD }));
    const payload = moved(after);
    await deliver(number, payload);
    await deliver(number, message("wamid.2", NEW));
    await deliver(number, payload);
    for (const table of ["customers", "contacts", "conversations"]) {
      expect(await keysIn(table)).toEqual([NEW]);
    }
    expect(await rowsOf(number, "customers")).toMatchObject([{ phone: NEW, name: "Una Vale" }]);
    expect(await rowsOf(number, "contacts")).toMatchObject([{ full_name: "Una V.", phone: NEW }]);
    expect(await wamidsOf(NEW)).toEqual(["wamid.1", "wamid.2"]);
    expect((await changes()).map((event) => event.data)).toMatchObject([
      { before: { phone: OLD }, after: { phone: NEW } },
    ]);
  });

  it.each([
    ["with previous_user_id", {}, { previous_user_id: BSUID }],
    ["with the phone only", { from: OLD }, {}],
    ["with the new BSUID on the message too", { from: OLD, from_user_id: NEXT }, {}],
  ])("of the BSUID alone, %s, keeps the phone", async (_, extra, fields) => {
    await deliver(number, message("wamid.1", OLD, { bsuid: BSUID }));
    await deliver(
      number,
      system(extra, { type: "user_changed_user_id", user_id: NEXT, ...fields }),
    );
    await deliver(number, message("wamid.2", undefined, { bsuid: NEXT }));
    await deliver(number, message("wamid.3", OLD));
    expect(await rowsOf(number, "customers")).toMatchObject([
      { customer: OLD, phone: OLD, bsuid: NEXT },
    ]);
    expect(await wamidsOf(NEXT)).toEqual(["wamid.1", "wamid.2", "wamid.3"]);
    expect((await changes()).map((event) => event.data)).toMatchObject([
      { before: { phone: OLD }, after: { phone: OLD, bsuid: NEXT } },
    ]);
  });

  it("of a BSUID without any phone makes one customer of both", async () => {
    await deliver(number, message("wamid.1", undefined, { bsuid: BSUID }));
    const fields = { type: "user_changed_user_id", user_id: NEXT, previous_user_id: BSUID };
    await deliver(number, system({}, fields));
    await deliver(number, message("wamid.2", undefined, { bsuid: NEXT }));
    expect(await keysIn("customers")).toEqual([NEXT]);
    expect(await keysIn("conversations")).toEqual([NEXT]);
    expect(await wamidsOf(NEXT)).toEqual(["wamid.1", "wamid.2"]);
    await deliver(number, message("wamid.3", OLD, { bsuid: NEXT }));
    expect(await keysIn("conversations")).toEqual([OLD]);
    for (const name of [OLD, BSUID, NEXT]) {
      expect(await wamidsOf(name)).toEqual(["wamid.1", "wamid.2", "wamid.3"]);
    }
  });
});

describe("a number that goes to another person", () => {
  it("is theirs from the change on: messages, window, reads; what came before stays", async () => {
    await deliver(number, message("wamid.a1", OLD, { at: MOVED_AT - HOUR, name: "First Owner" }));
    await deliver(number, moved());
    expect(await wamidsOf(OLD)).toEqual(["wamid.a1"]); // nobody else has been seen with it
    await deliver(number, message("wamid.b1", OLD, { at: NOW, name: "Second Owner" }));
    await evict(number);
    await deliver(number, message("wamid.b2", OLD, { at: NOW, bsuid: NEXT }));
    await deliver(number, message("wamid.a2", NEW, { at: NOW }));
    // One that was under way when the number changed is still the first owner's.
    await deliver(number, message("wamid.a3", OLD, { at: MOVED_AT - 60_000 }));
    expect(await wamidsOf(OLD)).toEqual(["wamid.b1", "wamid.b2"]);
    expect(await wamidsOf(NEXT)).toEqual(["wamid.b1", "wamid.b2"]);
    expect(await wamidsOf(NEW)).toEqual(["wamid.a1", "wamid.a2", "wamid.a3"]);
    const rows = await rowsOf(number, "customers");
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual(expect.objectContaining({ phone: NEW, name: "First Owner" }));
    expect(rows).toContainEqual(expect.objectContaining({ phone: OLD, name: "Second Owner" }));
    const { data } = await partner.read<{ data: { wamid: string; customer: object }[] }>(
      `/v1/senders/${number.id}/messages`,
    );
    expect(data.find(({ wamid }) => wamid === "wamid.b1")?.customer).toMatchObject({ phone: OLD });
    const told = (await partner.events()).find((event) => event.data["wamid"] === "wamid.b1");
    expect(told?.data["customer"]).toMatchObject({ phone: OLD });
  });

  it("has a window of its own", async () => {
    await deliver(number, message("wamid.a1", OLD, { at: NOW - 23 * HOUR }));
    await deliver(number, moved());
    await deliver(number, message("wamid.b1", OLD, { at: NOW }));
    const of = (customer: string) => partner.read(`/v1/senders/${number.id}/windows/${customer}`);
    expect(await of(OLD)).toMatchObject({ closes_at: new Date(NOW + DAY).toISOString() });
    expect(await of(NEW)).toMatchObject({ closes_at: new Date(NOW + HOUR).toISOString() });
    expect(await isOpen(NEW)).toBe(true);
  });

  it("invariant 2: repeats of all of it, in another order, change nothing", async () => {
    const payloads = [
      message("wamid.a1", OLD, { at: MOVED_AT - HOUR }),
      moved(),
      message("wamid.b1", OLD),
      message("wamid.a2", NEW),
    ];
    for (const payload of payloads) await deliver(number, payload);
    const once = await snapshot(number);
    await evict(number);
    for (const payload of payloads.toReversed()) await deliver(number, payload);
    expect(await snapshot(number)).toEqual(once);
  });

  it("is the first owner's again who comes back to it before anybody else", async () => {
    await deliver(number, message("wamid.a1", OLD, { at: MOVED_AT - HOUR }));
    const moving = moved();
    await deliver(number, moving);
    const back = system(
      { from: NEW, timestamp: seconds(MOVED_AT + 60_000) },
      { type: "user_changed_number", wa_id: OLD },
    );
    await deliver(number, back);
    await deliver(number, back);
    await deliver(number, moving); // Meta repeats for days
    await deliver(number, message("wamid.a2", OLD));
    expect(await wamidsOf(OLD)).toEqual(["wamid.a1", "wamid.a2"]);
    expect(await wamidsOf(NEW)).toEqual(["wamid.a1", "wamid.a2"]);
    expect(await rowsOf(number, "customers")).toMatchObject([{ customer: OLD, phone: OLD }]);
    expect(await keysIn("conversations")).toEqual([OLD]);
  });
});

describe("a contact", () => {
  it("ends the same in whatever order its changes come", async () => {
    const orders = [
      [0, 1, 2],
      [2, 0, 1],
      [2, 1, 0],
      [1, 2, 0],
    ];
    for (const order of orders) {
      ({ partner, number } = await seedObservedSender());
      const payloads = [
        contact("First", NOW - 3000, { phone_number: OLD }),
        contact("Second", NOW - 2000, { phone_number: OLD }),
        contact(null, NOW - 1000, { phone_number: OLD }),
      ];
      for (const index of order) await deliver(number, payloads[index]);
      expect(await rowsOf(number, "contacts")).toMatchObject([
        { full_name: "Second", removed: 1, at: NOW - 1000 },
      ]);
    }
  });

  it("that is removed leaves conversation and messages", async () => {
    await deliver(number, message("wamid.1", OLD));
    await deliver(number, contact("Una", NOW, { phone_number: OLD }));
    await deliver(number, contact(null, NOW + 1000, { phone_number: OLD }));
    expect(await wamidsOf(OLD)).toEqual(["wamid.1"]);
    expect(await keysIn("conversations")).toEqual([OLD]);
  });
});

describe("what it costs", () => {
  it("writes at most 13 rows for an inbound message of a known customer, alone", async () => {
    await deliver(number, message("wamid.1", OLD, { bsuid: BSUID, name: "Una Vale" }));
    const { total } = await countRows(() =>
      deliver(number, message("wamid.2", OLD, { bsuid: BSUID, name: "Una Vale" })),
    );
    expect(total).toBeLessThanOrEqual(13);
  });
});
