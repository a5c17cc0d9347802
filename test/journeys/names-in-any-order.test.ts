import { describe, expect, it } from "vitest";
import { deliver, evict, seedObservedSender, services } from "../support/seed.ts";
import { contactChange, customerChange, messageFrom } from "../support/customers.ts";
import { DAY, HOUR, historySettled, historyStored, rowsOf } from "../support/storage.ts";
import { buildWamid } from "../support/wamids.ts";
import { change, echoes, inbound, statuses, textMessage, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const [A, B] = ["15550177501", "15550177502"];
const [ID, NEXT] = ["US.51000000000000000001", "US.51000000000000000002"];
const [LONG, SHORT] = ["5511987650001", "551187650001"];
/** Of each mix; raised by hand when this code changes. */
const ORDERS = 5;
const NOW = Math.floor(Date.now() / 1000) * 1000;
const TOKEN = "ABCDEF0123456789AB";
const STORED = buildWamid(A, TOKEN, "in");
const TOLD = buildWamid(ID, TOKEN, "out");

type Step = (number: TestNumber) => unknown;
const history =
  (id: string, context: object, wamid: string): Step =>
  (number) =>
    change(number, "history", {
      history: [
        {
          metadata: { phase: 0, chunk_order: 1, progress: 10 },
          threads: [
            { id, context, messages: [textMessage({ wamid, at: NOW - 9 * DAY, from: id })] },
          ],
        },
      ],
    });

/** Steps that history brings begin with `by`. The same step always makes the same bytes. */
const MIXES: Record<string, { names: string[]; steps: Record<string, Step> }> = {
  "a phone and a BSUID": {
    names: [A, ID],
    steps: {
      bsuid: (n) =>
        messageFrom(n, { bsuid: ID }, { wamid: "wamid.b", at: NOW - 3000, name: "Una" }),
      phone: (n) => messageFrom(n, { phone: A }, { wamid: "wamid.p", at: NOW - 2000 }),
      status: (n) =>
        statuses(n, { id: "wamid.out", status: "sent", recipient_id: A, recipient_user_id: ID }),
      contactPhone: (n) => contactChange(n, { phone_number: A }, "Una of old", NOW - 2 * HOUR),
      contactBsuid: (n) => contactChange(n, { user_id: ID }, "Una of now", NOW - HOUR),
      echo: (n) =>
        echoes(n, { id: "wamid.e", to: undefined, to_user_id: ID, timestamp: String(NOW / 1000) }),
    },
  },
  "a loose edit": {
    names: [A, ID],
    steps: {
      edit: (n) =>
        messageFrom(
          n,
          { bsuid: ID },
          {
            wamid: "wamid.edit",
            at: NOW - 1000,
            extra: {
              type: "edit",
              text: undefined,
              edit: {
                original_message_id: TOLD,
                message: { type: "text", text: { body: "after" } },
              },
            },
          },
        ),
      original: (n) => inbound(n, textMessage({ wamid: STORED, from: A, at: NOW - 60_000 })),
      both: (n) => messageFrom(n, { phone: A, bsuid: ID }, { wamid: "wamid.both", at: NOW - 2000 }),
    },
  },
  "history by both": {
    names: [A, ID],
    steps: {
      byBsuid: history(ID, { user_id: ID }, "wamid.hb"),
      byPhone: history(A, { wa_id: A, user_id: ID }, "wamid.hp"),
      bsuid: (n) => messageFrom(n, { bsuid: ID }, { wamid: "wamid.b", at: NOW - 3000 }),
      phone: (n) => messageFrom(n, { phone: A }, { wamid: "wamid.p", at: NOW - 2000 }),
    },
  },
  "history and a change": {
    names: [A, B, ID, NEXT],
    steps: {
      byPhone: history(A, { wa_id: A, user_id: ID }, "wamid.hp"),
      before: (n) =>
        messageFrom(n, { phone: A, bsuid: ID }, { wamid: "wamid.1", at: NOW - 60_000 }),
      changed: (n) =>
        customerChange(
          n,
          A,
          { wa_id: B, user_id: NEXT, previous_user_id: ID },
          NOW - 30_000,
          "wamid.system",
        ),
      after: (n) =>
        messageFrom(n, { phone: B, bsuid: NEXT }, { wamid: "wamid.2", at: NOW - 10_000 }),
      contact: (n) => contactChange(n, { phone_number: A, user_id: ID }, "Una", NOW - 50_000),
    },
  },
  "two spellings": {
    names: [LONG, SHORT, ID],
    steps: {
      byLong: history(LONG, {}, "wamid.hl"),
      short: (n) => messageFrom(n, { phone: SHORT }, { wamid: "wamid.s", at: NOW - 3000 }),
      long: (n) => messageFrom(n, { phone: LONG, bsuid: ID }, { wamid: "wamid.l", at: NOW - 2000 }),
      echo: (n) => echoes(n, { id: "wamid.e", to: SHORT, timestamp: String(NOW / 1000) }),
      contact: (n) => contactChange(n, { phone_number: "+55 11 98765-0001" }, "Rua", NOW - 50_000),
    },
  },
};

/** What a partner sees of a customer under each of its names; and that each table has it once. */
async function seen(partner: Partner, number: TestNumber, names: string[]): Promise<string> {
  const path = `/v1/senders/${number.id}`;
  const views = await Promise.all([
    ...names.map((name) => partner.read(`${path}/messages?customer=${name}`)),
    ...names.map((name) => partner.read(`${path}/windows/${name}`)),
    partner.read(`${path}/conversations`),
    partner.read(`${path}/contacts`),
  ]);
  const rows = await Promise.all(
    ["customers", "contacts", "conversations", "loose_changes"].map(
      async (table) => `${table}: ${(await rowsOf(number, table)).length}`,
    ),
  );
  // Which of two changes of a contact is news depends on which comes first, and so does whether the
  // message of an edit is known yet.
  const told = (await partner.events())
    .filter(({ type }) => !type.startsWith("contact."))
    .map(({ type, data }) => `${type} ${type === "message.edited" ? "" : String(data["wamid"])}`);
  return JSON.stringify([views, rows, told.toSorted()], null, 1)
    .replaceAll(number.id, "the number")
    .replaceAll(LONG, SHORT); // a customer is shown in the spelling that was known first
}

function* permutations<T>(items: T[]): Generator<T[]> {
  if (items.length <= 1) yield items;
  for (const [index, item] of items.entries()) {
    const rest = items.toSpliced(index, 1);
    for (const tail of permutations(rest)) yield [item, ...tail];
  }
}

/** Some of all orders, spread over them. */
function someOrders<T>(items: T[]): T[][] {
  const all = [...permutations(items)];
  return all.filter((_, index) => index % Math.ceil(all.length / ORDERS) === 0);
}

async function tell(number: TestNumber, steps: [string, Step][], apart: boolean): Promise<void> {
  const chunks = (await rowsOf(number, "history_chunks")).length;
  const came = new Set<string>();
  for (const [name, step] of steps) {
    const payload = step(number);
    if (!name.startsWith("by")) await (apart ? deliver(number, payload) : webhook(payload));
    else {
      await webhook(payload);
      came.add(name);
      await historyStored(number, Math.max(chunks, came.size));
      await historySettled(number);
    }
  }
  await services().phone(number.id).flushed();
}

describe("design: Identity: facts about one customer, in any order", () => {
  it.each(Object.entries(MIXES))(
    "come to the same, apart, at once and again: %s",
    async (_, mix) => {
      let plain: string | undefined;
      for (const order of someOrders(Object.entries(mix.steps))) {
        for (const way of ["apart", "at once"]) {
          const { partner, number } = await seedObservedSender();
          const label = `${way}: ${order.map(([name]) => name).join(", ")}`;
          await tell(number, order, way === "apart");
          const once = await seen(partner, number, mix.names);
          plain ??= once;
          expect(diff(plain, once), label).toBe("");
          await evict(number);
          const events = await partner.events();
          await tell(number, order, false);
          expect(diff(once, await seen(partner, number, mix.names)), `${label}, again`).toBe("");
          expect(await partner.events(), `${label}, again`).toEqual(events);
        }
      }
    },
    60_000,
  );
});

/** The lines that are not in both alike. */
function diff(one: string, two: string): string {
  const [left, right] = [one.split("\n"), two.split("\n")];
  const count = (lines: string[], line: string) => lines.filter((each) => each === line).length;
  return [...new Set([...left, ...right])]
    .filter((line) => count(left, line) !== count(right, line))
    .map((line) => `${count(left, line)} -> ${count(right, line)}: ${line}`)
    .slice(0, 12)
    .join("\n");
}
