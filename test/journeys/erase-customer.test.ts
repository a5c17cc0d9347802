import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { contactChange, messageFrom, wamidsOf } from "../support/customers.ts";
import { askErasure, eraseWholly, finishErasure, placesNaming } from "../support/erasures.ts";
import { deliver, evict, seedSender, services } from "../support/seed.ts";
import { archiveKeys, DAY, historySettled, HOUR, rowsOf, setClock } from "../support/storage.ts";
import {
  echoes,
  historyChunk,
  inbound,
  seconds,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const ANNA = "15550188001";
const ANNA_ID = "US.771100";
const BEN = "15550188002";

/** Anna wrote, is a contact, was answered from the phone; Ben wrote too. */
async function seedTalk() {
  const seeded = await seedSender();
  const { number } = seeded;
  const at = Date.now() - HOUR;
  const first = messageFrom(
    number,
    { phone: ANNA, bsuid: ANNA_ID },
    { wamid: "wamid.anna-1", at, name: "Anna Anders" },
  );
  await deliver(number, first);
  await deliver(number, contactChange(number, { phone_number: ANNA }, "Anna A.", at));
  await deliver(number, echoes(number, { id: "wamid.anna-2", to: ANNA, timestamp: seconds(at) }));
  await deliver(number, messageFrom(number, { phone: BEN }, { wamid: "wamid.ben-1", at }));
  return { ...seeded, first, at };
}

const shapeOf = (events: { seq: number; id: string; type: string }[]) =>
  events.map(({ seq, id }) => `${seq} ${id}`);

const windowOf = (partner: Partner, number: TestNumber, customer: string) =>
  partner.read<{ open: boolean | null }>(`/v1/senders/${number.id}/windows/${customer}`);

describe("erasing a customer", () => {
  it("takes them out of every table and of the object, under all their names", async () => {
    const { partner, number } = await seedTalk();
    expect(await placesNaming(number, ANNA, ANNA_ID, "Anna")).not.toEqual([]);
    const erasure = await eraseWholly(partner, number, ANNA);
    expect(erasure.erased).toMatchObject({ messages: 2, contacts: 1, customers: 1 });
    expect(await placesNaming(number, ANNA, ANNA_ID, "Anna", "wamid.anna")).toEqual([]);
    expect(await wamidsOf(partner, number, BEN)).toEqual(["wamid.ben-1"]);
    const names = await env.DB.prepare(`SELECT names FROM erasures`).first();
    expect(names).toEqual({ names: null });
  });

  it("finds them by their BSUID as well", async () => {
    const { partner, number } = await seedTalk();
    await eraseWholly(partner, number, ANNA_ID);
    expect(await placesNaming(number, ANNA, ANNA_ID, "Anna")).toEqual([]);
  });

  it("leaves every event its id, seq and place, without what it said", async () => {
    const { partner, number } = await seedTalk();
    const before = await partner.events(number.id);
    await eraseWholly(partner, number, ANNA);
    const after = await partner.events(number.id);
    expect(shapeOf(after.slice(0, before.length))).toEqual(shapeOf(before));
    expect(after.map(({ seq }) => seq)).toEqual(after.map((_, index) => index + 1));
    expect(after.filter(({ type }) => type === "event.erased")).toHaveLength(3);
    expect(after.filter(({ type }) => type === "message.received")).toHaveLength(1);
    expect(after.at(-1)?.type).toBe("customer.erased");
    expect(JSON.stringify(after)).not.toContain(ANNA);
  });

  it("closes the window, and opens it again for who writes later: somebody new", async () => {
    const { partner, number } = await seedTalk();
    expect((await windowOf(partner, number, ANNA)).open).toBe(true);
    await eraseWholly(partner, number, ANNA);
    expect((await windowOf(partner, number, ANNA)).open).not.toBe(true);
    await deliver(number, messageFrom(number, { phone: ANNA }, { wamid: "wamid.anna-new" }));
    expect((await windowOf(partner, number, ANNA)).open).toBe(true);
    expect(await wamidsOf(partner, number, ANNA)).toEqual(["wamid.anna-new"]);
  });

  it("keeps what comes in the very second of the erasure, and drops repeats of that second", async () => {
    const { partner, number } = await seedSender();
    const second = Math.floor(Date.now() / 1_000) * 1_000;
    setClock(second + 300);
    const before = messageFrom(number, { phone: ANNA }, { wamid: "wamid.before", at: second });
    await deliver(number, before);
    setClock(second + 500);
    const { id } = await askErasure(partner, number, ANNA);
    setClock(second + 700);
    const after = messageFrom(number, { phone: ANNA }, { wamid: "wamid.after", at: second });
    await finishErasure(id);
    await deliver(number, after);
    await deliver(number, before);
    expect(await wamidsOf(partner, number, ANNA)).toEqual(["wamid.after"]);
  });

  it("is erased once more without harm, and so is somebody nobody has heard of", async () => {
    const { partner, number } = await seedTalk();
    await eraseWholly(partner, number, ANNA);
    const again = await eraseWholly(partner, number, ANNA);
    expect(again.erased["messages"] ?? 0).toBe(0);
    await eraseWholly(partner, number, "15550188999");
    expect(await wamidsOf(partner, number, BEN)).toEqual(["wamid.ben-1"]);
  });
});

describe("what comes back of an erased customer", () => {
  it("drops repeats, late statuses, edits and answers about the time before", async () => {
    const { partner, number, first } = await seedTalk();
    await eraseWholly(partner, number, ANNA);
    const told = (await partner.events(number.id)).length;
    await evict(number);
    await deliver(number, first);
    const now = Date.now();
    await deliver(
      number,
      statuses(number, {
        id: "wamid.anna-2",
        status: "read",
        recipient_id: ANNA,
        timestamp: seconds(now),
      }),
    );
    await deliver(
      number,
      inbound(number, {
        from: ANNA,
        id: "wamid.anna-edit",
        timestamp: seconds(now),
        type: "edit",
        edit: {
          original_message_id: "wamid.anna-1",
          message: { type: "text", text: { body: "what I meant" } },
        },
      }),
    );
    expect(await placesNaming(number, ANNA, "wamid.anna")).toEqual([]);
    expect((await partner.events(number.id)).length).toBe(told);
  });

  it("takes statuses and edits of what is new since", async () => {
    const { partner, number } = await seedTalk();
    await eraseWholly(partner, number, ANNA);
    await deliver(number, echoes(number, { id: "wamid.new", to: ANNA }));
    await deliver(
      number,
      statuses(number, { id: "wamid.new", status: "read", recipient_id: ANNA }),
    );
    const [row] = (await rowsOf(number, "messages")).filter(({ wamid }) => wamid === "wamid.new");
    expect(row).toMatchObject({ status: "read" });
  });

  it("stays away in an import, also under a name that is only learnt later", async () => {
    const { partner, number, at } = await seedTalk();
    await eraseWholly(partner, number, ANNA);
    const past = (wamid: string, from: string) => textMessage({ wamid, from, at: at - DAY });
    await webhook(
      historyChunk(number, {
        [ANNA]: [past("wamid.anna-old", ANNA)],
        [BEN]: [past("wamid.ben-old", BEN)],
        [ANNA_ID]: [{ ...past("wamid.anna-id", ANNA), from: undefined, from_user_id: ANNA_ID }],
      }),
    );
    await historySettled(number);
    expect(await placesNaming(number, ANNA, ANNA_ID, "wamid.anna")).toEqual([]);
    expect(await wamidsOf(partner, number, BEN)).toContain("wamid.ben-old");
    expect(await archiveKeys("inbox/")).toEqual([]); // the body names her still
  });

  it("has raw bodies that were stored before deleted", async () => {
    const { partner, number, at } = await seedTalk();
    const old = textMessage({ wamid: "wamid.anna-old", from: ANNA, at: at - DAY });
    await webhook(historyChunk(number, { [ANNA]: [old] }));
    await historySettled(number);
    expect(await archiveKeys("inbox/")).toHaveLength(1);
    const { erased } = await eraseWholly(partner, number, ANNA);
    expect(erased).toMatchObject({ messages: 3, raw_bodies: 1 });
    expect(await archiveKeys("inbox/")).toEqual([]);
    expect(await placesNaming(number, ANNA, "wamid.anna")).toEqual([]);
  });

  it("stays away in the address book's dump of a new onboarding", async () => {
    const { partner, number } = await seedTalk();
    await eraseWholly(partner, number, ANNA);
    await services().phone(number.id).expectContacts();
    await deliver(number, contactChange(number, { phone_number: ANNA }, "Anna A.", Date.now()));
    await deliver(number, contactChange(number, { phone_number: BEN }, "Ben", Date.now()));
    expect(await placesNaming(number, ANNA, "Anna")).toEqual([]);
    expect((await rowsOf(number, "contacts")).map(({ customer }) => customer)).toEqual([BEN]);
  });
});
