import { beforeEach, describe, expect, it } from "vitest";
import { deliver, seedObservedSender, services } from "../support/seed.ts";
import { rowsOf, setClock } from "../support/storage.ts";
import { ACCEPTED, carryOf, commandTo } from "../support/sends.ts";
import { responderEcho, standby } from "../support/standby.ts";
import {
  CUSTOMER,
  echoes,
  inbound,
  newWamid,
  seconds,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

let partner: Partner;
let number: TestNumber;
let wamid: string;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
  wamid = newWamid("own");
  await deliver(number, inbound(number, textMessage()));
});

const types = async () => (await partner.events()).map((event) => event.type);
const repliedAt = async () =>
  (await rowsOf(number, "conversations"))[0]?.["last_human_reply_at"] ?? null;

async function admit(): Promise<string> {
  return carryOf(await services().phone(number.id).admit(commandTo(partner, CUSTOMER))).send;
}

const settle = (send: string) => services().phone(number.id).settle(send, ACCEPTED(wamid));
const echo = () => webhook(echoes(number, { id: wamid }));
const status = (send: string) =>
  webhook(statuses(number, { id: wamid, status: "sent", biz_opaque_callback_data: send }));

describe("an echo of a send of ours is that send", () => {
  const steps = { settle, echo, status };
  const orders: (keyof typeof steps)[][] = [
    ["settle", "echo"],
    ["echo", "settle"],
    ["status", "echo", "settle"],
    ["echo", "status", "settle"],
    ["settle", "status", "echo"],
  ];
  for (const flushing of [true, false]) {
    it.each(orders)(`%s, %s, %s${flushing ? ", each by itself" : ""}`, async (...order) => {
      const send = await admit();
      for (const step of order.filter(Boolean)) {
        await steps[step](send);
        if (flushing) await services().phone(number.id).flushed();
      }
      await services().phone(number.id).flushed();
      expect(await services().phone(number.id).flushed()).toBe(true);
      const rows = (await rowsOf(number, "messages")).filter((row) => row["wamid"] === wamid);
      expect(rows).toMatchObject([{ origin: "api", send }]);
      expect(await types()).not.toContain("message.echoed");
      expect(await repliedAt()).toBeNull();
    });
  }

  it("while another's echo is told as soon as the send is known for what it is", async () => {
    const send = await admit();
    const other = newWamid("human");
    const at = Math.floor(Date.now() / 1000) * 1000;
    await webhook(echoes(number, { id: other, timestamp: seconds(at) }));
    await services().phone(number.id).flushed();
    expect(await types()).not.toContain("message.echoed");
    await settle(send);
    expect(await services().phone(number.id).flushed()).toBe(true);
    expect(await types()).toContain("message.echoed");
    expect(await repliedAt()).toBe(at);
  });

  it("and what nobody settles holds an echo back for seconds only", async () => {
    await admit();
    await echo();
    setClock(Date.now() + 6_000);
    await services().phone(number.id).wake();
    expect(await services().phone(number.id).flushed()).toBe(true);
    expect(await types()).toContain("message.echoed");
  });
});

describe("the last human reply", () => {
  const human = async (at: number) => {
    await deliver(number, echoes(number, { id: newWamid("human"), timestamp: seconds(at) }));
  };

  it("is moved by echoes of the phone app, whatever their kind, in whatever order", async () => {
    const at = Math.floor(Date.now() / 1000) * 1000 - 60_000;
    await deliver(
      number,
      echoes(number, {
        id: newWamid("human"),
        timestamp: seconds(at),
        type: "image",
        image: { id: "880000000000044", mime_type: "image/jpeg", caption: "this one?" },
        context: { id: "wamid.quoted" },
      }),
    );
    await human(at - 30_000);
    expect(await repliedAt()).toBe(at);
    const told = (await partner.events()).filter((event) => event.type === "message.echoed");
    expect(told[0]?.data).toMatchObject({
      origin: "app",
      direction: "outbound",
      message_type: "image",
      context: { id: "wamid.quoted" },
      customer: { phone: CUSTOMER },
    });
  });

  it("is not moved by edits, revokes, another responder, nor by what is older than us", async () => {
    const at = Math.floor(Date.now() / 1000) * 1000 - 60_000;
    await human(at);
    const change = { timestamp: seconds(at + 50_000), text: undefined };
    const target = { original_message_id: "wamid.some" };
    const edit = { ...target, message: { type: "text", text: { body: "so" } } };
    await deliver(
      number,
      echoes(
        number,
        { ...change, id: newWamid("edit"), type: "edit", edit },
        { ...change, id: newWamid("revoke"), type: "revoke", revoke: target },
      ),
    );
    await deliver(
      number,
      standby(number, { message_echoes: [responderEcho({ at: at + 50_000 })] }),
    );
    await human(Date.now() - 30 * 86_400_000);
    expect(await repliedAt()).toBe(at);
  });
});

describe("an echo to somebody without a phone", () => {
  const BSUID = "DE.66000000000000000061";

  it.each([
    ["to_user_id", { to_user_id: BSUID }, undefined],
    ["the only contact", {}, [{ profile: { name: "Ona Reed" }, user_id: BSUID }]],
  ])("is of the customer that %s names", async (_, extra, contacts) => {
    const payload = echoes(number, { id: wamid, to: undefined, ...extra });
    const value = payload.entry[0]?.changes[0]?.value as Record<string, unknown>;
    if (contacts !== undefined) value["contacts"] = contacts;
    await deliver(number, payload);
    const told = (await partner.events()).find((event) => event.type === "message.echoed");
    expect(told?.data).toMatchObject({ wamid, customer: { bsuid: BSUID } });
    const rows = await rowsOf(number, "conversations");
    expect(rows.find((row) => row["customer"] === BSUID)).toMatchObject({ last_wamid: wamid });
  });
});

describe("131060", () => {
  it("makes conversation and customer, opens the window, and says where to look", async () => {
    const from = "15550177031";
    const message = { ...textMessage({ wamid, from }), type: "unsupported", text: undefined };
    const errors = [{ code: 131060, title: "Message not available" }];
    const unsupported = { type: "unknown" };
    await deliver(number, inbound(number, { ...message, errors, unsupported }));
    const told = (await partner.events()).filter((event) => event.type === "message.unsupported");
    expect(told).toHaveLength(1);
    expect(told[0]?.data).toMatchObject({ wamid, errors, customer: { phone: from } });
    expect(String(told[0]?.data["hint"])).toMatch(/look at the chat.*unsupported linked device/);
    expect(await partner.read(`/v1/senders/${number.id}/windows/${from}`)).toMatchObject({
      open: true,
    });
    for (const table of ["conversations", "customers"]) {
      expect(await rowsOf(number, table)).toContainEqual(
        expect.objectContaining({ customer: from }),
      );
    }
  });
});
