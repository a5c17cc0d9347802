import { describe, expect, it } from "vitest";
import { comeByAd } from "../support/conversions.ts";
import { countRows } from "../support/count-rows.ts";
import { contactChange, customerChange, customersIn, messageFrom } from "../support/customers.ts";
import { deliver, seedPartner, seedSender } from "../support/seed.ts";
import { standby } from "../support/standby.ts";
import { rowsOf } from "../support/storage.ts";
import { change, CUSTOMER, echoes, inbound, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

type Json = Record<string, unknown>;

const read = (partner: Partner, number: TestNumber, customer: string) =>
  partner.read(`/v1/senders/${number.id}/customers/${encodeURIComponent(customer)}`);

function preference(number: TestNumber, ids: Json, value: string, at: number, extra: Json = {}) {
  return change(number, "user_preferences", {
    user_preferences: [
      { ...ids, category: "marketing_messages", value, timestamp: Math.floor(at / 1000), ...extra },
    ],
  });
}

describe("a customer", () => {
  it("is shown with names, window, thread, replies, preferences and the ad they came by", async () => {
    const { partner, number } = await seedSender();
    const at = Date.now() - 60_000;
    const names = { phone: CUSTOMER, bsuid: "NL.4410" };
    await deliver(number, messageFrom(number, names, { name: "Jo", at: at - 5_000 }));
    await deliver(number, contactChange(number, { phone_number: CUSTOMER }, "Jo of the mill"));
    const wamid = await comeByAd(number, { at });
    await deliver(number, echoes(number, { id: "wamid.reply" }));
    await deliver(number, preference(number, { wa_id: CUSTOMER }, "stop", at));
    const shown = await read(partner, number, CUSTOMER);
    const second = new Date(Math.floor(at / 1000) * 1000).toISOString();
    expect(shown).toMatchObject({
      customer: { phone: CUSTOMER, bsuid: "NL.4410" },
      name: "Jo",
      contact_name: "Jo of the mill",
      other_names: [],
      window: { open: true, why: "customer_wrote" },
      thread_owner: "tandem",
      preferences: [{ category: "marketing_messages", value: "stop", changed_at: second }],
      referral: {
        ctwa_clid: "clid-of-the-shoe-ad",
        headline: "Shoes, half price",
        wamid,
        at: second,
      },
    });
    expect(Date.parse(String(shown["last_human_reply_at"]))).toBeGreaterThan(Date.now() - 60_000);
  });

  it("is the same under any of their names, former ones too", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, messageFrom(number, { phone: "15550177301", bsuid: "NL.4411" }));
    await deliver(number, preference(number, { user_id: "NL.4411" }, "stop", Date.now()));
    await comeByAd(number, { from: "15550177301", clid: "before-the-move" });
    await deliver(
      number,
      customerChange(number, "15550177301", {
        wa_id: "15550177302",
        user_id: "NL.4412",
        previous_user_id: "NL.4411",
      }),
    );
    const shown = await read(partner, number, "15550177302");
    expect(shown).toMatchObject({
      customer: { phone: "15550177302", bsuid: "NL.4412" },
      preferences: [{ value: "stop" }],
      referral: { ctwa_clid: "before-the-move" },
    });
    expect((shown["other_names"] as string[]).toSorted()).toEqual(["15550177301", "NL.4411"]);
    for (const name of ["+1 555 017 7301", "NL.4411", "nl.4412"]) {
      expect(await read(partner, number, name)).toEqual(shown);
    }
    expect(await customersIn(number, "preferences")).toEqual(["15550177302"]);
  });

  it("whose number has another spelling is found by either", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, inbound(number, textMessage({ from: "5511987654321" })));
    const shown = await read(partner, number, "551187654321");
    expect(shown).toMatchObject({ customer: { phone: "5511987654321" }, window: { open: true } });
  });

  it("whose thread another responder holds is shown so", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, standby(number, { messages: [textMessage()] }));
    await deliver(number, messageFrom(number, { phone: "15550177303" }));
    const { data } = await partner.read<{ data: Json[] }>(`/v1/senders/${number.id}/customers`);
    const owners = data.map(({ customer, thread_owner: owner }) => [
      (customer as { phone: string }).phone,
      owner,
    ]);
    expect(owners).toEqual([
      [CUSTOMER, "other"],
      ["15550177303", "tandem"],
    ]);
  });

  it("that nobody knows is not found, nor another partner's, nor what is no name", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, inbound(number, textMessage()));
    const path = `/v1/senders/${number.id}/customers`;
    expect((await partner.get(`${path}/15550177999`)).status).toBe(404);
    expect((await partner.get(`${path}/nobody`)).status).toBe(400);
    const stranger = await seedPartner();
    expect((await stranger.get(`${path}/${CUSTOMER}`)).status).toBe(404);
    expect((await stranger.get(path)).status).toBe(404);
  });
});

it("customers are listed in pages, each one once", async () => {
  const { partner, number } = await seedSender();
  const phones = Array.from({ length: 7 }, (_, place) => `1555017740${place}`);
  await deliver(number, inbound(number, ...phones.map((from) => textMessage({ from }))));
  await deliver(number, messageFrom(number, { phone: phones[2] ?? "", bsuid: "NL.4420" }));
  const seen: Json[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: { data: Json[]; next_cursor: string | null } = await partner.read(
      `/v1/senders/${number.id}/customers?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`,
    );
    seen.push(...page.data);
    cursor = page.next_cursor;
  }
  expect(seen.map(({ customer }) => (customer as { phone: string }).phone)).toEqual(phones);
  expect(seen[2]).toMatchObject({
    customer: { bsuid: "NL.4420" },
    referral: null,
    preferences: [],
  });
});

describe("a preference", () => {
  const AT = Date.now() - 3_600_000;
  const choices = async (...told: [value: string, at: number][]) => {
    const { partner, number } = await seedSender();
    await deliver(number, inbound(number, textMessage()));
    for (const [value, at] of told) {
      await deliver(number, preference(number, { wa_id: CUSTOMER }, value, at));
    }
    const { preferences } = await read(partner, number, CUSTOMER);
    return (preferences as { value: string }[]).map(({ value }) => value);
  };

  it.each([
    [
      "the newest by Meta's time, in order",
      [
        ["stop", AT],
        ["resume", AT + 5_000],
      ],
      "resume",
    ],
    [
      "the newest by Meta's time, late",
      [
        ["resume", AT + 5_000],
        ["stop", AT],
      ],
      "resume",
    ],
    [
      "stop, of one second",
      [
        ["stop", AT],
        ["resume", AT],
      ],
      "stop",
    ],
    [
      "stop, of one second the other way",
      [
        ["resume", AT],
        ["stop", AT],
      ],
      "stop",
    ],
  ] as [string, [string, number][], string][])("is %s", async (_what, told, expected) => {
    expect(await choices(...told)).toEqual([expected]);
  });

  it("is told once as the notice that it is, and tells nobody's text", async () => {
    const { partner, number } = await seedSender();
    const webhook = preference(number, { wa_id: CUSTOMER }, "stop", AT, { detail: "no offers" });
    await deliver(number, webhook);
    await deliver(number, webhook);
    const notices = (await partner.events(number.id)).filter(
      ({ type }) => type === "account.notice",
    );
    expect(notices).toHaveLength(1);
    expect(await rowsOf(number, "preferences")).toMatchObject([{ value: "stop" }]);
  });

  it("that cannot be read is in the notice, and changes nothing", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, preference(number, {}, "stop", AT));
    await deliver(
      number,
      preference(number, { wa_id: CUSTOMER, category: "" }, "stop", AT, { category: "" }),
    );
    expect(await rowsOf(number, "preferences")).toEqual([]);
    expect(await rowsOf(number, "notices")).toHaveLength(2);
    expect((await partner.events(number.id)).at(-1)?.type).toBe("account.notice");
  });
});

it("a choice costs its notice, its row and no more", async () => {
  const { number } = await seedSender();
  await deliver(number, inbound(number, textMessage()));
  const webhook = preference(number, { wa_id: CUSTOMER }, "stop", Date.now());
  const first = await countRows(() => deliver(number, webhook));
  // Event with its two indexes, notice, preference, head and position.
  expect(first.d1).toBeLessThanOrEqual(7);
  const repeat = await countRows(() => deliver(number, webhook));
  expect(repeat.d1).toBeLessThanOrEqual(1); // the fence
});
