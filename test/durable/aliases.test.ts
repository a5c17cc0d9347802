import { beforeEach, describe, expect, it } from "vitest";
import { deliver, evict, seedObservedSender, services } from "../support/seed.ts";
import {
  carryOf,
  commandTo,
  passTime,
  QUEUED,
  sendPath,
  stopClock,
  takePlace,
  textTo,
} from "../support/sends.ts";
import { DAY, historyStored } from "../support/storage.ts";
import { change, inbound, newWamid, seconds, textMessage, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const BSUID = "US.13491208655302741918";
const PHONE = "15550177123";

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const isOpen = async (customer: string) =>
  (await partner.read(`/v1/senders/${number.id}/windows/${customer}`))["open"];

async function wamidsOf(customer: string): Promise<unknown[]> {
  const { data } = await partner.read<{ data: { wamid: string }[] }>(
    `/v1/senders/${number.id}/messages?customer=${encodeURIComponent(customer)}`,
  );
  return data.map(({ wamid }) => wamid).toSorted();
}

/** A message from somebody who is named by BSUID alone. */
function fromBsuid(wamid: string) {
  return textMessage({ wamid, extra: { from: undefined, from_user_id: BSUID } });
}

/** A message that names phone and BSUID of one customer. */
function fromBoth(wamid: string, phone = PHONE) {
  return textMessage({ wamid, from: phone, extra: { from_user_id: BSUID } });
}

function movedTo(before: string, after: string) {
  return {
    from: before,
    id: newWamid("system"),
    timestamp: seconds(Date.now()),
    type: "system",
    system: { type: "user_changed_number", body: "changed", wa_id: after },
  };
}

describe("a customer's names", () => {
  it.each([
    ["Brazil", "5511987654321", "551187654321"],
    ["Mexico", "5215512345678", "525512345678"],
    ["Argentina", "5491123456789", "541123456789"],
  ])("%s: both spellings of a mobile number are one customer", async (_country, one, other) => {
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.one", from: one })));
    expect(await isOpen(other)).toBe(true);
    expect((await partner.post(sendPath(number), textTo(`+${other}`))).status).toBe(200);
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.other", from: other })));
    await evict(number);
    const wamids = await wamidsOf(one);
    expect(wamids).toHaveLength(3);
    expect(wamids).toEqual(expect.arrayContaining(["wamid.one", "wamid.other"]));
    expect(await wamidsOf(other)).toEqual(wamids);
  });

  it("keeps numbers that only look alike apart", async () => {
    await deliver(number, inbound(number, textMessage({ from: "15511987654" })));
    expect(await isOpen("1551987654")).toBe(false);
    expect(await isOpen("5511987654321")).toBe(false);
  });

  it("knows a customer by phone and by BSUID once a message named both", async () => {
    await deliver(number, inbound(number, fromBoth("wamid.both")));
    expect(await isOpen(PHONE)).toBe(true);
    expect(await isOpen(BSUID)).toBe(true);
    const byBsuid = { ...textTo(), to: undefined, recipient: BSUID };
    expect((await partner.post(sendPath(number), byBsuid)).status).toBe(200);
    await services().phone(number.id).flushed();
    expect(await wamidsOf(PHONE)).toHaveLength(2);
    expect(await wamidsOf(BSUID)).toEqual(await wamidsOf(PHONE));
  });

  it("lets window and messages follow a customer who was known by BSUID first", async () => {
    await deliver(number, inbound(number, fromBsuid("wamid.1")));
    expect(await isOpen(PHONE)).toBe(false);
    await deliver(number, inbound(number, fromBoth("wamid.2")));
    await evict(number);
    expect(await isOpen(PHONE)).toBe(true);
    expect(await isOpen(BSUID)).toBe(true);
    expect(await wamidsOf(PHONE)).toEqual(["wamid.1", "wamid.2"]);
    expect(await wamidsOf(BSUID)).toEqual(["wamid.1", "wamid.2"]);
  });

  it("lets window and messages follow a customer to a new number, and to the next", async () => {
    const [second, third] = ["15550177124", "15550177125"];
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.1", from: PHONE })));
    await deliver(number, inbound(number, movedTo(PHONE, second)));
    expect(await isOpen(second)).toBe(true);
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.2", from: second })));
    await deliver(number, inbound(number, movedTo(second, third)));
    await evict(number);
    for (const phone of [PHONE, second, third]) {
      expect(await isOpen(phone)).toBe(true);
      expect(await wamidsOf(phone)).toEqual(["wamid.1", "wamid.2"]);
    }
    const changes = (await partner.events(number.id)).filter((e) => e.type === "customer.changed");
    expect(changes.map((event) => event.data)).toMatchObject([
      { before: { phone: PHONE }, after: { phone: second } },
      { before: { phone: second }, after: { phone: third } },
    ]);
  });

  it("invariant 2: a repeated change of number changes nothing", async () => {
    const moved = movedTo(PHONE, "15550177124");
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.1", from: PHONE }), moved));
    await deliver(number, inbound(number, moved));
    expect(await wamidsOf("15550177124")).toEqual(["wamid.1"]);
    const events = await partner.events(number.id);
    expect(events.filter((event) => event.type === "customer.changed")).toHaveLength(1);
  });

  it("sends what was queued to a BSUID also after the phone became known", async () => {
    await deliver(number, inbound(number, fromBsuid("wamid.1")));
    const phone = services().phone(number.id);
    const queued = await phone.admit(
      commandTo(partner, BSUID, { type: "text", needsWindow: true, mode: QUEUED }),
    );
    expect(queued.kind).toBe("queued");
    await deliver(number, inbound(number, fromBoth("wamid.2")));
    const { carries } = await phone.next("drainer_test", 20);
    expect(carries).toHaveLength(1);
  });

  it("counts the pair budget of a customer under all of its names", async () => {
    stopClock();
    const start = await takePlace(partner, number, BSUID);
    for (let count = 1; count < 3; count++) await takePlace(partner, number, BSUID);
    await deliver(number, inbound(number, fromBoth("wamid.both")));
    passTime(6_500);
    const next = await takePlace(partner, number, PHONE);
    expect(next.placeAt).toBeGreaterThanOrEqual(start.placeAt + 3 * 6_000);
  });

  it("counts the pair budget under all names also after an eviction", async () => {
    stopClock();
    await deliver(number, inbound(number, fromBoth("wamid.both")));
    const start = await takePlace(partner, number, BSUID);
    for (let count = 1; count < 3; count++) await takePlace(partner, number, PHONE);
    passTime(6_500);
    await evict(number);
    const phone = services().phone(number.id);
    const carry = carryOf(await phone.admit(commandTo(partner, BSUID)));
    const view = await phone.send(partner.id, carry.send);
    expect(view?.placeAt).toBeGreaterThanOrEqual(start.placeAt + 3 * 6_000);
  });

  it("lets the conversation follow when only history names both", async () => {
    const past = Date.now() - 30 * DAY;
    const thread = (id: string, context: Record<string, string>, wamid: string) => ({
      id,
      context,
      messages: [textMessage({ wamid, at: past, from: id })],
    });
    await deliver(number, inbound(number, fromBsuid("wamid.live")));
    const threads = [
      thread(BSUID, { user_id: BSUID }, "wamid.old-by-bsuid"),
      thread(PHONE, { wa_id: PHONE, user_id: BSUID }, "wamid.old-by-both"),
    ];
    const metadata = { phase: 0, chunk_order: 1, progress: 10 };
    await webhook(change(number, "history", { history: [{ metadata, threads }] }));
    await historyStored(number, 1);
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.phone", from: PHONE })));
    const all = ["wamid.live", "wamid.old-by-both", "wamid.old-by-bsuid", "wamid.phone"];
    expect(await wamidsOf(PHONE)).toEqual(all);
    expect(await wamidsOf(BSUID)).toEqual(all);
    expect(await isOpen(BSUID)).toBe(true);
  });
});
