import { describe, expect, it } from "vitest";
import { otherSpelling, sharedSpelling } from "../../src/database/customer-names.ts";
import { phoneVariants } from "../../src/lib/phone-variants.ts";
import { deliver, seedSender, services } from "../support/seed.ts";
import { historyStored, senderOf } from "../support/storage.ts";
import {
  change,
  echoes,
  historyChunk,
  inbound,
  newWamid,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

interface Conversation {
  customer: { phone?: string; bsuid?: string };
  name: string | null;
  username: string | null;
  contact_name: string | null;
  last_at: string;
  last_message: Record<string, unknown> | null;
  last_human_reply_at: string | null;
}
interface Page {
  data: Conversation[];
  next_cursor: string | null;
}

const T0 = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
const person = (index: number) => `420601${String(100_000 + index)}`;

const list = (partner: Partner, number: TestNumber, query = "") =>
  partner.read<Page>(`/v1/senders/${number.id}/conversations${query}`);
const phones = (page: Page) => page.data.map(({ customer }) => customer.phone);

/** Every customer writes once, a minute after the one before. */
async function writeIn(number: TestNumber, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, index) =>
    textMessage({ from: person(index), at: T0 + index * 60_000, body: `From ${index}` }),
  );
  await deliver(number, inbound(number, ...messages));
}

describe("the conversations of a sender", () => {
  it("come newest first, each with customer, names, newest message and the owner's last answer", async () => {
    const { partner, number } = await seedSender();
    const bsuid = "CZ.71000000000000000031";
    await deliver(
      number,
      change(number, "messages", {
        contacts: [
          { wa_id: person(1), user_id: bsuid, profile: { name: "Ota", username: "ota_k" } },
        ],
        messages: [textMessage({ from: person(1), at: T0, extra: { from_user_id: bsuid } })],
      }),
    );
    await deliver(number, inbound(number, textMessage({ from: person(2), at: T0 + 1_000 })));
    const reply = { id: newWamid("echo"), to: person(1), timestamp: String((T0 + 5_000) / 1000) };
    await deliver(number, echoes(number, reply));
    await deliver(
      number,
      change(number, "smb_app_state_sync", {
        state_sync: [
          {
            type: "contact",
            action: "add",
            contact: { full_name: "Ota from the market", phone_number: person(1) },
            metadata: { timestamp: String(T0 / 1000) },
          },
        ],
      }),
    );
    const page = await list(partner, number);
    expect(page.next_cursor).toBeNull();
    expect(page.data).toMatchObject([
      {
        customer: { phone: person(1), bsuid },
        name: "Ota",
        username: "ota_k",
        contact_name: "Ota from the market",
        last_at: new Date(T0 + 5_000).toISOString(),
        last_message: { wamid: reply.id, direction: "outbound", origin: "app", type: "text" },
        last_human_reply_at: new Date(T0 + 5_000).toISOString(),
      },
      {
        customer: { phone: person(2) },
        name: null,
        contact_name: null,
        last_message: { direction: "inbound", text: { body: expect.any(String) as string } },
        last_human_reply_at: null,
      },
    ]);
  });

  it("of the past stand in their place in time", async () => {
    const { partner, number } = await seedSender();
    await writeIn(number, 2);
    const past = { ...textMessage({ at: T0 - 86_400_000 }), history_context: { status: "READ" } };
    const ancient = { ...textMessage({ at: T0 - 9 * 86_400_000 }), history_context: {} };
    await webhook(historyChunk(number, { [person(7)]: [past], [person(8)]: [ancient] }));
    await historyStored(number, 1);
    expect(phones(await list(partner, number))).toEqual([1, 0, 7, 8].map(person));
  });

  it("are neither doubled nor passed over while messages arrive between pages", async () => {
    const { partner, number } = await seedSender();
    await writeIn(number, 7);
    const first = await list(partner, number, "?limit=3");
    expect(phones(first)).toEqual([6, 5, 4].map(person));
    // One that is to come moves to the top, one that was shown moves, a new one begins.
    for (const index of [2, 5, 30]) {
      await deliver(number, inbound(number, textMessage({ from: person(index) })));
    }
    const second = await list(partner, number, `?limit=3&cursor=${first.next_cursor}`);
    expect(phones(second)).toEqual([3, 1, 0].map(person));
    const third = await list(partner, number, `?limit=3&cursor=${second.next_cursor}`);
    expect(third).toEqual({ data: [], next_cursor: null });
  });

  it("of one instant are all there, page by page", async () => {
    const { partner, number } = await seedSender();
    const messages = Array.from({ length: 5 }, (_, index) =>
      textMessage({ from: person(index), at: T0 }),
    );
    await deliver(number, inbound(number, ...messages));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page: Page = await list(partner, number, `?limit=2${next}`);
      seen.push(...phones(page).map(String));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual([0, 1, 2, 3, 4].map(person));
  });

  it("refuse a cursor that is not theirs, naming the field", async () => {
    const { partner, number } = await seedSender();
    for (const query of ["cursor=%25", "cursor=e30", "limit=0", "limit=501"]) {
      const response = await partner.get(`/v1/senders/${number.id}/conversations?${query}`);
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toContain("application/problem+json");
      expect(await response.json()).toMatchObject({ field: query.split("=")[0] });
    }
  });
});

describe("a customer with several keys", () => {
  const BSUID = "BR.72000000000000000044";

  it("has one conversation, and one thread from each of them, after a change of number", async () => {
    const { partner, number } = await seedSender();
    const [old, fresh] = [person(1), person(2)];
    const before = textMessage({ from: old, at: T0, body: "Old number" });
    await deliver(number, inbound(number, before));
    await deliver(
      number,
      inbound(number, {
        from: old,
        id: newWamid("system"),
        timestamp: String(T0 / 1000 + 60),
        type: "system",
        system: { type: "user_changed_number", wa_id: fresh, body: "changed" },
      }),
    );
    const after = textMessage({ from: fresh, at: T0 + 120_000, body: "New number" });
    await deliver(number, inbound(number, after));
    const { data } = await list(partner, number);
    expect(data).toMatchObject([{ customer: { phone: fresh }, last_message: { wamid: after.id } }]);
    for (const name of [old, fresh]) {
      const thread = await partner.read<{ data: { wamid: string; type: string }[] }>(
        `/v1/senders/${number.id}/messages?customer=${name}`,
      );
      const texts = thread.data.filter(({ type }) => type === "text");
      expect(texts.map(({ wamid }) => wamid)).toEqual([after.id, before.id]);
    }
  });

  it("is one also where history has the other spelling of a number, and the BSUID came alone", async () => {
    const { partner, number } = await seedSender();
    const [long, short] = ["5511970001234", "551170001234"];
    const past = { ...textMessage({ at: T0 - 86_400_000 }), history_context: { status: "READ" } };
    await webhook(historyChunk(number, { [short]: [past] }, { progress: 10 }));
    await historyStored(number, 1);
    const alone = textMessage({ at: T0, extra: { from: undefined, from_user_id: BSUID } });
    await deliver(number, inbound(number, alone));
    expect((await list(partner, number)).data).toHaveLength(2);
    const both = textMessage({ from: long, at: T0 + 60_000, extra: { from_user_id: BSUID } });
    await deliver(number, inbound(number, both));
    const { data } = await list(partner, number);
    // The spelling that was seen first stays the customer's key.
    expect(data).toMatchObject([
      { customer: { phone: short, bsuid: BSUID }, last_message: { wamid: both.id } },
    ]);
    for (const name of [long, short, BSUID]) {
      const thread = await partner.read<{ data: { wamid: string }[] }>(
        `/v1/senders/${number.id}/messages?customer=${name}`,
      );
      expect(thread.data.map(({ wamid }) => wamid)).toEqual([both.id, alone.id, past.id]);
    }
  });

  it("is spelled in SQL as phoneVariants spells it", async () => {
    const { number } = await seedSender();
    const { shard } = await senderOf(number);
    const keys = [
      "5511970001234",
      "551170001234",
      "5215512345678",
      "525512345678",
      "5491112345678",
      "541112345678",
      "5511870001234",
      "420601100001",
      "55119700012345",
      "BR.72000000000",
      "",
    ];
    for (const key of keys) {
      const row = await services()
        .shard(shard)
        .prepare(`SELECT ${otherSpelling("?1")} AS other, ${sharedSpelling("?1")} AS shared`)
        .bind(key)
        .first<{ other: string | null; shared: string }>();
      const [other = null] = phoneVariants(key);
      expect(row?.other).toBe(other);
      const shorter = other !== null && other.length < key.length ? other : key;
      expect(row?.shared).toBe(shorter);
    }
  });
});
