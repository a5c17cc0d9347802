import { beforeEach, describe, expect, it } from "vitest";
import { deliver, evict, seedObservedSender, services } from "../support/seed.ts";
import { carryOf, commandTo, passTime, stopClock, takePlace } from "../support/sends.ts";
import {
  contactChange,
  customerChange,
  customersIn,
  messageFrom,
  wamidsOf as read,
} from "../support/customers.ts";
import {
  breakObject,
  DAY,
  historyStored,
  HOUR,
  mendObject,
  rowsOf,
  runSql,
  senderOf,
} from "../support/storage.ts";
import { buildWamid } from "../support/wamids.ts";
import { change, echoes, inbound, statuses, textMessage, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const [A, B, C] = ["15550177401", "15550177402", "15550177403"];
const [ID, NEXT, LAST] = [
  "US.41000000000000000001",
  "US.41000000000000000002",
  "US.41000000000000000003",
];
const NOW = Math.floor(Date.now() / 1000) * 1000;

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const wamidsOf = (customer: string) => read(partner, number, customer);
const isOpen = async (customer: string) =>
  (await partner.read(`/v1/senders/${number.id}/windows/${customer}`))["open"];
const profiles = async () =>
  (
    await partner.read<{ data: Record<string, unknown>[] }>(
      `/v1/senders/${number.id}/conversations`,
    )
  ).data;

describe("a chain of changes", () => {
  const toB = () =>
    customerChange(number, A, { wa_id: B, user_id: NEXT, previous_user_id: ID }, NOW - 20_000);
  const toC = () =>
    customerChange(number, B, { wa_id: C, user_id: LAST, previous_user_id: NEXT }, NOW - 10_000);

  it.each([
    ["in order, the first repeated", ["toB", "toC", "toB"]],
    ["the last first", ["toC", "toB"]],
  ] as const)("%s: the customer goes on under the last number and BSUID", async (_, order) => {
    const payloads = { toB: toB(), toC: toC() };
    await deliver(
      number,
      messageFrom(number, { phone: A, bsuid: ID }, { wamid: "wamid.1", at: NOW - HOUR }),
    );
    for (const name of order) await deliver(number, payloads[name]);
    await evict(number);
    await deliver(
      number,
      messageFrom(number, { phone: A, bsuid: ID }, { wamid: "wamid.2", at: NOW - 30_000 }),
    );
    expect(await rowsOf(number, "customers")).toMatchObject([
      { customer: C, phone: C, bsuid: LAST },
    ]);
    for (const name of [A, B, C, ID, NEXT, LAST]) {
      expect(await wamidsOf(name)).toEqual(["wamid.1", "wamid.2"]);
      expect(await isOpen(name)).toBe(true);
    }
    expect((await partner.events()).filter(({ type }) => type === "customer.changed")).toHaveLength(
      2,
    );
  });
});

describe("a BSUID", () => {
  it("that nobody had seen leads to the phone when both give way to another", async () => {
    await deliver(number, messageFrom(number, { phone: A }, { wamid: "wamid.1" }));
    const rotated = { type: "user_changed_user_id", user_id: NEXT, previous_user_id: ID };
    await deliver(number, customerChange(number, A, rotated));
    await deliver(number, messageFrom(number, { bsuid: ID }, { wamid: "wamid.2" }));
    for (const name of [A, ID, NEXT]) expect(await wamidsOf(name)).toEqual(["wamid.1", "wamid.2"]);
    expect(await customersIn(number, "conversations")).toEqual([A]);
  });

  it("comes back in force when it changes back", async () => {
    await deliver(number, messageFrom(number, { phone: A, bsuid: ID }, { at: NOW - HOUR }));
    const rotated = { type: "user_changed_user_id", user_id: NEXT, previous_user_id: ID };
    await deliver(number, customerChange(number, A, rotated, NOW - 2000));
    const back = { type: "user_changed_user_id", user_id: ID, previous_user_id: NEXT };
    await deliver(number, customerChange(number, A, back, NOW - 1000));
    await deliver(number, messageFrom(number, { phone: A, bsuid: ID }, { at: NOW }));
    expect(await rowsOf(number, "customers")).toMatchObject([{ customer: A, bsuid: ID }]);
  });

  it("takes its conversation along when the number that was hidden at its change is shown", async () => {
    await deliver(
      number,
      messageFrom(number, { phone: A, bsuid: ID }, { wamid: "wamid.1", at: NOW - HOUR }),
    );
    const hidden = { user_id: NEXT, previous_user_id: ID };
    await deliver(number, customerChange(number, A, hidden, NOW - 10_000));
    await deliver(
      number,
      messageFrom(number, { phone: B, bsuid: NEXT }, { wamid: "wamid.2", at: NOW }),
    );
    for (const name of [B, ID, NEXT]) expect(await wamidsOf(name)).toEqual(["wamid.1", "wamid.2"]);
    expect(await customersIn(number, "conversations")).toEqual([B]);
  });

  it.each(["status", "echo", "edit"])(
    "taught by a %s alone is shown with the customer",
    async (by) => {
      await deliver(number, messageFrom(number, { phone: A }, { wamid: "wamid.1" }));
      if (by === "status") {
        const told = { id: "wamid.out", status: "sent", recipient_id: A, recipient_user_id: ID };
        await deliver(number, statuses(number, told));
      } else if (by === "edit") {
        const edit = {
          original_message_id: "wamid.1",
          message: { type: "text", text: { body: "b" } },
        };
        await deliver(
          number,
          messageFrom(
            number,
            { phone: A, bsuid: ID },
            { extra: { type: "edit", edit, text: undefined } },
          ),
        );
      } else {
        await deliver(number, echoes(number, { id: "wamid.e", to: A, to_user_id: ID }));
      }
      expect((await profiles())[0]).toMatchObject({ customer: { phone: A, bsuid: ID } });
      const { data } = await partner.read<{ data: object[] }>(
        `/v1/senders/${number.id}/messages?customer=${ID}`,
      );
      expect(data[0]).toMatchObject({ customer: { phone: A, bsuid: ID } });
    },
  );

  it("in a contact alone is shown with the customer", async () => {
    await deliver(number, messageFrom(number, { phone: A }));
    await deliver(number, contactChange(number, { phone_number: A, user_id: ID }, "Ana"));
    expect((await profiles())[0]).toMatchObject({
      customer: { phone: A, bsuid: ID },
      contact_name: "Ana",
    });
  });
});

describe("a number that another person has by now", () => {
  it("keeps what the address book said before with its first owner", async () => {
    await deliver(number, messageFrom(number, { phone: A }, { at: NOW - 2 * HOUR }));
    await deliver(number, customerChange(number, A, { wa_id: B }, NOW - HOUR));
    await deliver(number, messageFrom(number, { phone: A }, { at: NOW }));
    await deliver(number, contactChange(number, { phone_number: A }, "First", NOW - 90 * 60_000));
    expect(await rowsOf(number, "contacts")).toMatchObject([{ customer: B, full_name: "First" }]);
  });

  it("keeps the BSUID that history tells with its first owner", async () => {
    await deliver(
      number,
      messageFrom(number, { phone: A, bsuid: ID }, { wamid: "wamid.a", at: NOW - 2 * HOUR }),
    );
    await deliver(number, customerChange(number, A, { wa_id: B }, NOW - HOUR));
    await deliver(number, messageFrom(number, { phone: A }, { wamid: "wamid.b", at: NOW }));
    const thread = {
      id: A,
      context: { wa_id: A, user_id: ID },
      messages: [textMessage({ wamid: "wamid.old", at: NOW - 9 * DAY, from: A })],
    };
    const metadata = { phase: 0, chunk_order: 1, progress: 10 };
    await webhook(change(number, "history", { history: [{ metadata, threads: [thread] }] }));
    await historyStored(number, 1);
    await services().phone(number.id).flushed();
    expect(await wamidsOf(ID)).toEqual(["wamid.a", "wamid.old"]);
    expect(await wamidsOf(A)).toEqual(["wamid.b"]);
  });
});

describe("a send that is settled after its customer got another key", () => {
  it("leaves no second conversation or profile", async () => {
    stopClock();
    await deliver(number, messageFrom(number, { bsuid: ID }, { wamid: "wamid.1" }));
    const phone = services().phone(number.id);
    const carry = carryOf(await phone.admit(commandTo(partner, ID)));
    await deliver(number, messageFrom(number, { phone: A, bsuid: ID }, { wamid: "wamid.2" }));
    const answer = { messaging_product: "whatsapp", messages: [{ id: "wamid.sent" }] };
    await phone.settle(carry.send, { state: "accepted", wamid: "wamid.sent", answer });
    await phone.flushed();
    for (const table of ["customers", "conversations"])
      expect(await customersIn(number, table)).toEqual([A]);
    expect(await wamidsOf(A)).toContain("wamid.sent");
  });

  it("closes the window when a failure that names nobody says so", async () => {
    stopClock();
    await deliver(number, messageFrom(number, { bsuid: ID }));
    const phone = services().phone(number.id);
    const carry = carryOf(await phone.admit(commandTo(partner, ID)));
    await deliver(number, messageFrom(number, { phone: A, bsuid: ID }));
    expect(await isOpen(A)).toBe(true);
    passTime(5_000);
    await deliver(
      number,
      statuses(number, {
        id: "wamid.sent",
        status: "failed",
        recipient_id: undefined,
        timestamp: String(Math.floor(Date.now() / 1000)),
        biz_opaque_callback_data: carry.send,
        errors: [{ code: 131047, title: "Re-engagement message" }],
      }),
    );
    expect(await isOpen(A)).toBe(false);
  });
});

describe("the two spellings of a mobile number", () => {
  const [LONG, SHORT] = ["5511987654399", "551187654399"];

  it("share a pair budget, also where the customer answers under the other one", async () => {
    stopClock();
    const start = await takePlace(partner, number, LONG);
    for (let count = 1; count < 3; count++) await takePlace(partner, number, LONG);
    await deliver(number, messageFrom(number, { phone: SHORT }));
    passTime(6_500);
    const next = await takePlace(partner, number, SHORT);
    expect(next.placeAt).toBeGreaterThanOrEqual(start.placeAt + 3 * 6_000);
  });

  it("find a quoted send by another wamid", async () => {
    stopClock();
    const phone = services().phone(number.id);
    const sent = buildWamid(LONG, "0A1B2C3D4E5F607182", "out");
    const carry = carryOf(await phone.admit(commandTo(partner, LONG)));
    const answer = { messaging_product: "whatsapp", messages: [{ id: sent }] };
    await phone.settle(carry.send, { state: "accepted", wamid: sent, answer });
    const told = buildWamid(ID, "0A1B2C3D4E5F607182", "out");
    await deliver(
      number,
      messageFrom(
        number,
        { phone: SHORT },
        { wamid: "wamid.q", extra: { context: { id: told, from: SHORT } } },
      ),
    );
    expect(await partner.read(`/v1/senders/${number.id}/messages/wamid.q`)).toMatchObject({
      context: { message: sent },
    });
    expect(await customersIn(number, "conversations")).toEqual([LONG]);
  });

  it("shows the number in the customer's own spelling after it came back to it", async () => {
    await deliver(number, messageFrom(number, { phone: LONG }, { at: NOW - HOUR }));
    await deliver(number, customerChange(number, LONG, { wa_id: B }, NOW - 2000));
    await deliver(number, customerChange(number, B, { wa_id: LONG }, NOW - 1000));
    expect(await profiles()).toMatchObject([{ customer: { phone: LONG } }]);
  });
});

describe("a webhook that fails in the middle", () => {
  it("teaches nothing by half: sent again, D1 learns what the object does", async () => {
    await deliver(number, messageFrom(number, { bsuid: ID }, { wamid: "wamid.1" }));
    const both = messageFrom(number, { phone: A, bsuid: ID }, { wamid: "wamid.2" });
    await breakObject(number);
    await webhook(both);
    await mendObject(number);
    expect(await isOpen(A)).toBe(false);
    await deliver(number, both);
    expect(await isOpen(A)).toBe(true);
    expect(await wamidsOf(A)).toEqual(["wamid.1", "wamid.2"]);
    expect(await customersIn(number, "conversations")).toEqual([A]);
  });
});

describe("D1 and the object", () => {
  it("agree on who is who after D1 was away and the object was evicted, told once", async () => {
    const { shard } = await senderOf(number);
    const rename = (from: string, to: string) =>
      services().shard(shard).prepare(`ALTER TABLE ${from} RENAME TO ${to}`).run();
    const changed = customerChange(number, A, { wa_id: B, user_id: NEXT, previous_user_id: ID });
    await deliver(number, messageFrom(number, { bsuid: ID }, { wamid: "wamid.1", at: NOW - HOUR }));
    await rename("messages", "messages_away");
    await webhook(
      messageFrom(number, { phone: A, bsuid: ID }, { wamid: "wamid.2", at: NOW - HOUR }),
    );
    await webhook(changed);
    expect(await services().phone(number.id).flushed()).toBe(false);
    await evict(number);
    await webhook(changed);
    await rename("messages_away", "messages");
    await services().phone(number.id).flushed();
    for (const table of ["customers", "conversations"]) {
      expect(await customersIn(number, table)).toEqual([B]);
    }
    for (const name of [A, B, ID, NEXT]) {
      expect(await wamidsOf(name)).toEqual(["wamid.1", "wamid.2"]);
      expect(await isOpen(name)).toBe(true);
    }
    const told = (await partner.events()).filter(({ type }) => type === "customer.changed");
    expect(told).toHaveLength(1);
  });

  it("agree on names that history taught twice, with another thing in between", async () => {
    const { shard } = await senderOf(number);
    const rename = (from: string, to: string) =>
      services().shard(shard).prepare(`ALTER TABLE ${from} RENAME TO ${to}`).run();
    const { key } = await senderOf(number);
    const phone = services().phone(number.id);
    await rename("customer_keys", "keys_away");
    await phone.learn(key, [{ phone: A, bsuid: ID }]);
    await webhook(messageFrom(number, { phone: B, bsuid: ID }, { wamid: "wamid.b" }));
    await phone.learn(key, [{ phone: A, bsuid: ID }]);
    expect(await phone.flushed()).toBe(false);
    await rename("keys_away", "customer_keys");
    await phone.flushed();
    expect(await isOpen(ID)).toBe(false);
    expect(await wamidsOf(ID)).toEqual([]);
  });

  it("agree on the names that a fact taught which D1 refuses for good", async () => {
    await deliver(number, messageFrom(number, { bsuid: ID }, { wamid: "wamid.1" }));
    await runSql(
      number,
      `CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.wamid = 'wamid.bad'
       BEGIN SELECT RAISE(ABORT, 'poison'); END`,
    );
    await deliver(number, messageFrom(number, { phone: A, bsuid: ID }, { wamid: "wamid.bad" }));
    await deliver(number, messageFrom(number, { phone: A }, { wamid: "wamid.2" }));
    expect(await wamidsOf(A)).toEqual(["wamid.1", "wamid.2"]);
    expect(await customersIn(number, "conversations")).toEqual([A]);
  });
});

describe("a quote", () => {
  it("is linked inside its own conversation only, though another one quotes the same id", async () => {
    const stored = buildWamid(A, "99887766554433AABB", "in");
    const told = buildWamid(ID, "99887766554433AABB", "out");
    const quote = (from: string, wamid: string) =>
      textMessage({ wamid, from, extra: { context: { id: told } } });
    await deliver(
      number,
      inbound(
        number,
        textMessage({ wamid: stored, from: A }),
        quote(A, "wamid.qa"),
        quote(B, "wamid.qb"),
      ),
    );
    const { data } = await partner.read<{ data: Record<string, unknown>[] }>(
      `/v1/senders/${number.id}/messages`,
    );
    const of = (wamid: string) => data.find((each) => each["wamid"] === wamid);
    expect(of("wamid.qa")).toHaveProperty("context.message", stored);
    expect(of("wamid.qb")).not.toHaveProperty("context.message");
  });
});

describe("what a caller writes for a customer", () => {
  it("is a BSUID whatever the case of its country", async () => {
    await deliver(number, messageFrom(number, { bsuid: ID }, { wamid: "wamid.1" }));
    expect(await wamidsOf(ID.toLowerCase())).toEqual(["wamid.1"]);
  });

  it.each(["us.15550177401-x", "Customer 15550177401", "abc", "-"])(
    "%s is refused rather than taken for a number",
    async (text) => {
      await deliver(number, messageFrom(number, { phone: A }));
      const paths = [
        `messages?customer=${encodeURIComponent(text)}`,
        `windows/${encodeURIComponent(text)}`,
      ];
      for (const path of paths) {
        expect((await partner.get(`/v1/senders/${number.id}/${path}`)).status).toBe(400);
      }
    },
  );
});
