import { describe, expect, it } from "vitest";
import { deliver, evict, seedSender, services } from "../support/seed.ts";
import { rowsOf, setClock } from "../support/storage.ts";
import { change, CUSTOMER, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const T0 = Math.floor(Date.now() / 1000) - 10_000;

interface Change {
  action?: "add" | "remove";
  at?: number | string;
  contact: Record<string, unknown>;
}

function contacts(number: TestNumber, ...changes: Change[]) {
  return change(number, "smb_app_state_sync", {
    state_sync: changes.map(({ action, at, contact }) => ({
      type: "contact",
      action: action ?? "add",
      contact,
      metadata: { timestamp: at ?? String(T0) },
    })),
  });
}

const read = async (partner: Partner, number: TestNumber) =>
  (await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/contacts`)).data;

const told = async (partner: Partner) =>
  (await partner.events()).map((event) => event.type).filter((type) => type.startsWith("contact"));

describe("a change of the address book", () => {
  it("wins by its own time, in whatever order changes come, seconds and milliseconds mixed", async () => {
    const { partner, number } = await seedSender();
    const changes = [
      { at: String(T0), contact: { full_name: "First", phone_number: CUSTOMER } },
      { at: (T0 + 100) * 1000, contact: { full_name: "Second", phone_number: `+${CUSTOMER}` } },
      { at: String(T0 + 200), contact: { full_name: "Third", phone_number: CUSTOMER } },
    ];
    await deliver(number, contacts(number, changes[2] ?? { contact: {} }));
    await deliver(number, contacts(number, changes[0] ?? { contact: {} }));
    await deliver(number, contacts(number, changes[1] ?? { contact: {} }));
    expect(await read(partner, number)).toMatchObject([
      { full_name: "Third", changed_at: new Date((T0 + 200) * 1000).toISOString() },
    ]);
    expect(await told(partner)).toEqual(["contact.updated"]);
  });

  it("is told only where it is news, also inside one webhook", async () => {
    const { partner, number } = await seedSender();
    await deliver(
      number,
      contacts(
        number,
        { at: T0 + 50, contact: { full_name: "Newer", phone_number: CUSTOMER } },
        { at: T0, contact: { full_name: "Older", phone_number: CUSTOMER } },
      ),
    );
    expect(await read(partner, number)).toMatchObject([{ full_name: "Newer" }]);
    expect(await told(partner)).toEqual(["contact.updated"]);
  });

  it("that removes a contact marks it and keeps its name", async () => {
    const { partner, number } = await seedSender();
    await deliver(
      number,
      contacts(number, { contact: { full_name: "Iva Stone", phone_number: CUSTOMER } }),
    );
    await deliver(
      number,
      contacts(number, { action: "remove", at: T0 + 60, contact: { phone_number: CUSTOMER } }),
    );
    expect(await read(partner, number)).toMatchObject([{ full_name: "Iva Stone", removed: true }]);
    expect(await told(partner)).toEqual(["contact.updated", "contact.removed"]);
    await deliver(
      number,
      contacts(number, { at: T0 + 120, contact: { full_name: "Iva S.", phone_number: CUSTOMER } }),
    );
    expect(await read(partner, number)).toMatchObject([{ full_name: "Iva S.", removed: false }]);
  });

  it("of somebody without a phone is kept under the BSUID", async () => {
    const { partner, number } = await seedSender();
    const bsuid = "PL.88000000000000000011";
    await deliver(
      number,
      contacts(number, { contact: { full_name: "No Phone", user_id: bsuid, username: "np" } }),
    );
    expect(await read(partner, number)).toMatchObject([{ customer: { bsuid }, username: "np" }]);
  });
});

describe("the first contacts dump", () => {
  const book = (from: number, count: number): Change[] =>
    Array.from({ length: count }, (_, index) => ({
      contact: {
        full_name: `Person ${from + index}`,
        phone_number: `4207770${1000 + from + index}`,
      },
    }));

  async function goQuiet(number: TestNumber): Promise<void> {
    setClock(Date.now() + 11_000);
    await services().phone(number.id).wake();
    await services().phone(number.id).flushed();
  }

  it("of several webhooks, some of them twice, is told by one event when it goes quiet", async () => {
    const { partner, number } = await seedSender();
    await services().phone(number.id).expectContacts();
    await deliver(number, contacts(number, ...book(0, 30)));
    await deliver(number, contacts(number, ...book(30, 20)));
    await deliver(number, contacts(number, ...book(0, 30))); // Meta's retry
    expect(await told(partner)).toEqual([]);
    await goQuiet(number);
    expect(await told(partner)).toEqual(["contacts.imported"]);
    expect(await rowsOf(number, "contacts")).toHaveLength(50);
    const sync = await partner.read(`/v1/senders/${number.id}/sync`);
    expect(sync).toMatchObject({ contacts: { state: "complete", count: 50 } });
  });

  it("outlives an eviction, and later changes are told one by one", async () => {
    const { partner, number } = await seedSender();
    await services().phone(number.id).expectContacts();
    await webhook(contacts(number, ...book(0, 5)));
    await evict(number);
    await goQuiet(number);
    expect(await told(partner)).toEqual(["contacts.imported"]);
    await deliver(
      number,
      contacts(number, { at: T0 + 500, contact: { full_name: "New", phone_number: "420777099" } }),
    );
    expect(await told(partner)).toEqual(["contacts.imported", "contact.updated"]);
  });
});
