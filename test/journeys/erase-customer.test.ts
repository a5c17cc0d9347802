import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { deleteCustomerRows } from "../../src/database/erase-customer-rows.ts";
import { arrivalKey, mediaKey } from "../../src/operations/archive-keys.ts";
import { mediaEvent } from "../../src/operations/media-events.ts";
import { sweepErasures } from "../../src/operations/sweep-erasures.ts";
import { tell } from "../../src/operations/tell.ts";
import { contactChange, customerChange, messageFrom, wamidsOf } from "../support/customers.ts";
import {
  askErasure,
  erasureRests,
  eraseWholly,
  finishErasure,
  placesNaming,
  readErasure,
} from "../support/erasures.ts";
import { eventually } from "../support/eventually.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { loggedOf } from "../support/quiet-logs.ts";
import { call, deliver, evict, seedSender, services } from "../support/seed.ts";
import {
  archiveKeys,
  consumeByHand,
  DAY,
  historySettled,
  HOUR,
  rowsOf,
  runObjectSql,
  runSql,
  senderOf,
  setClock,
} from "../support/storage.ts";
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
  // At this moment: whoever else writes is no reason to keep something of hers.
  await deliver(number, messageFrom(number, { phone: BEN }, { wamid: "wamid.ben-1" }));
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

  it("leaves nothing of an import that a body stored meanwhile could not use, whenever it was stored", async () => {
    const { number } = await seedTalk();
    const until = services().now();
    const { key, shard } = await senderOf(number);
    for (const field of ["history", "messages"]) {
      const raw = JSON.stringify({ from: ANNA });
      await runSql(
        number,
        `INSERT INTO unrouted (id, sender, field, reason, raw, at)
         VALUES ('u-${field}', ${key}, '${field}', 'unknown_type', '${raw}', ${until + HOUR})`,
      );
    }
    const names = [{ name: ANNA, from: 0, until }];
    const whose = { asked: ANNA, keys: [ANNA], names, wamids: [] };
    await deleteCustomerRows(services().shard(shard), key, whose, until);
    expect(await rowsOf(number, "unrouted")).toMatchObject([{ id: "u-messages" }]);
  });

  it("that an operator orders is in the audit, and in no line beside an address that names them", async () => {
    const { number } = await seedTalk();
    const path = `/v1/admin/senders/${number.id}/customers/${ANNA}`;
    const headers = { authorization: "Bearer test-operator-token" };
    const response = await call(path, { method: "DELETE", headers });
    expect(response.status).toBe(202);
    const { id } = await response.json<{ id: string }>();
    await finishErasure(id);
    const noted = await env.DB.prepare(
      `SELECT action FROM audit ORDER BY at DESC, id DESC`,
    ).first();
    expect(noted).toEqual({ action: "customer.erase" });
    const actions = loggedOf("admin.changed").map(({ action }) => action);
    expect(actions).toContain("sender.import");
    expect(actions).not.toContain("customer.erase");
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

describe("what is on its way while a customer is erased", () => {
  it("cancels queued sends, and keeps of the others only how they ended", async () => {
    const { partner, number } = await seedTalk();
    const send = await partner.post(
      `/v24.0/${number.id}/messages`,
      { messaging_product: "whatsapp", to: ANNA, type: "text", text: { body: "for you" } },
      { prefer: "respond-async" },
    );
    const { messages } = await send.json<{ messages: { id: string }[] }>();
    const other = await partner.post(`/v24.0/${number.id}/messages`, {
      messaging_product: "whatsapp",
      to: BEN,
      type: "text",
      text: { body: "for Ben" },
    });
    expect(other.status).toBe(200);
    await eraseWholly(partner, number, ANNA);
    await services().phone(number.id).flushed();
    expect(await placesNaming(number, ANNA, "for you")).toEqual([]);
    expect(await placesNaming(number, "for Ben")).toContain("messages");
    const view = await partner.get(`/v1/senders/${number.id}/sends/${messages[0]?.id}`);
    expect(view.status).toBe(200);
    expect(await view.text()).not.toContain(ANNA);
  });

  it("is not told to an endpoint that has not been told yet", async () => {
    const { partner, number } = await seedSender();
    partnerStub.start();
    partnerStub.answer(500);
    const made = await partner.post("/v1/endpoints", { url: "https://partner.test/late" });
    expect(made.status).toBe(201);
    for (const wamid of ["wamid.1", "wamid.2", "wamid.3"]) {
      await deliver(number, messageFrom(number, { phone: ANNA }, { wamid, name: "Anna" }));
    }
    await eventually(() => expect(partnerStub.posts.length).toBeGreaterThan(0));
    const { id } = await made.json<{ id: string }>();
    await eraseWholly(partner, number, ANNA);
    partnerStub.posts = [];
    partnerStub.mend();
    await eventually(async () => {
      await runInDurableObject(env.ENDPOINT.getByName(id), (_object, state) =>
        state.storage.setAlarm(Date.now() + 1),
      );
      await runDurableObjectAlarm(env.ENDPOINT.getByName(id));
      const types = partnerStub.posts.map(({ event }) => event.type);
      expect(types).toContain("customer.erased");
    });
    const said = JSON.stringify(partnerStub.posts);
    expect(said).toContain("event.erased");
    expect(said).not.toContain(ANNA);
    expect(said).not.toContain("wamid.3");
  });

  it("waits for raw history that is still to be stored", async () => {
    const { partner, number, at } = await seedTalk();
    const body = historyChunk(number, {
      [ANNA]: [textMessage({ wamid: "wamid.open", from: ANNA, at: at - DAY })],
    });
    const key = arrivalKey("inbox/", Date.now() + 1, JSON.stringify(body));
    await env.ARCHIVE.put(key, JSON.stringify(body), { customMetadata: { numbers: number.id } });
    const { id } = await askErasure(partner, number, ANNA);
    await eventually(async () => {
      expect(await readErasure(id)).toMatchObject({ step: "archive", waits_for: "import" });
    });
    await consumeByHand("tandem-history", [{ key }]);
    await finishErasure(id);
    expect(await placesNaming(number, ANNA, "wamid.open")).toEqual([]);
    expect(await archiveKeys("inbox/")).toEqual([]);
  });

  it("drops a file that was being fetched", async () => {
    const { partner, number, at } = await seedTalk();
    const { key } = await senderOf(number);
    await runSql(
      number,
      `INSERT INTO media (sender, wamid, customer, type, state, media_id, attempts, refusals,
         wanted_at, due_at)
       VALUES (${key}, 'wamid.anna-1', '${ANNA}', 'image', 'wanted', 'm1', 1, 0, ${at},
         ${Date.now() + 10 * 60_000})`,
    );
    const { id } = await askErasure(partner, number, ANNA);
    await eventually(async () => {
      expect(await readErasure(id)).toMatchObject({ step: "settle" });
    });
    await env.ARCHIVE.put(mediaKey(key, "wamid.anna-1"), "came late");
    await finishErasure(id);
    expect(await archiveKeys("media/")).toEqual([]);
    expect(await rowsOf(number, "media")).toEqual([]);
  });

  it("goes on after a crash, and after the database was away", async () => {
    const { partner, number } = await seedTalk();
    await runSql(
      number,
      `CREATE TRIGGER away BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'away'); END`,
    );
    const { id } = await askErasure(partner, number, ANNA);
    await eventually(async () => {
      const row = await env.DB.prepare(`SELECT attempts FROM erasures WHERE id = ?`)
        .bind(id)
        .first<{ attempts: number }>();
      expect(row?.attempts).toBe(1);
    });
    await runSql(number, `DROP TRIGGER away`);
    await evict(number);
    setClock(services().now() + HOUR);
    await sweepErasures(services());
    await finishErasure(id);
    expect(await placesNaming(number, ANNA, "wamid.anna")).toEqual([]);
  });

  it("leaves the one who has the number by now alone", async () => {
    const { partner, number } = await seedSender();
    const then = Date.now() - 2 * HOUR;
    await deliver(number, messageFrom(number, { phone: ANNA }, { wamid: "wamid.first", at: then }));
    const moved = then + 10 * 60_000;
    await deliver(number, customerChange(number, ANNA, { wa_id: "15550188777" }, moved));
    const later = moved + 10 * 60_000;
    await deliver(
      number,
      messageFrom(number, { phone: ANNA }, { wamid: "wamid.second", at: later }),
    );
    await eraseWholly(partner, number, "15550188777");
    const left = (await rowsOf(number, "messages")).map(({ wamid }) => wamid);
    expect(left).toEqual(["wamid.second"]);
    await deliver(number, messageFrom(number, { phone: ANNA }, { wamid: "wamid.third" }));
    expect(await wamidsOf(partner, number, ANNA)).toEqual(["wamid.second", "wamid.third"]);
  });
});

/** From now on the object refuses to erase anybody. */
const refuseErasures = (number: TestNumber) =>
  runObjectSql(
    number.id,
    `CREATE TRIGGER refused BEFORE INSERT ON tombstones BEGIN SELECT RAISE(ABORT, 'refused'); END`,
  );

/** It takes orders again, and the erasure that waited goes on. */
async function admitErasures(number: TestNumber) {
  await runObjectSql(number.id, `DROP TRIGGER refused`);
  setClock(services().now() + HOUR);
  await sweepErasures(services());
}

async function failedOnce(id: string) {
  await eventually(async () => {
    const row = await env.DB.prepare(`SELECT attempts FROM erasures WHERE id = ?`)
      .bind(id)
      .first<{ attempts: number }>();
    expect(row?.attempts).toBe(1);
  });
}

describe("an erasure that begins late", () => {
  it("leaves what came since it was asked for: a message, a send, the window", async () => {
    const { partner, number } = await seedTalk();
    const { key, shard } = await senderOf(number);
    await services().phone(number.id).pauseFlush("move");
    await refuseErasures(number);
    const { id } = await askErasure(partner, number, ANNA);
    await failedOnce(id);
    setClock(services().now() + 5 * 60_000);
    await webhook(messageFrom(number, { phone: ANNA }, { wamid: "wamid.new" }));
    const send = await partner.post(
      `/v24.0/${number.id}/messages`,
      { messaging_product: "whatsapp", to: ANNA, type: "text", text: { body: "welcome" } },
      { prefer: "respond-async" },
    );
    expect(send.status).toBe(202);
    const addressed = await runObjectSql(number.id, `SELECT customer, body FROM outbox`);
    await admitErasures(number);
    expect(await runObjectSql(number.id, `SELECT customer, body FROM outbox`)).toEqual(addressed);
    await services().phone(number.id).resumeFlush("move", key, shard);
    await services().phone(number.id).flushed();
    await finishErasure(id);
    const left = await wamidsOf(partner, number, ANNA);
    expect(left).toContain("wamid.new");
    expect(left).not.toContain("wamid.anna-1");
    expect((await windowOf(partner, number, ANNA)).open).toBe(true);
  });

  it("takes what was stamped ahead by then, and nothing that came later", async () => {
    const { partner, number } = await seedSender();
    const second = Math.floor(Date.now() / 1_000) * 1_000;
    setClock(second + 300);
    const from = (wamid: string, at: number) => messageFrom(number, { phone: ANNA }, { wamid, at });
    await deliver(number, from("wamid.second", second));
    await deliver(number, from("wamid.ahead", second + 30_000));
    await refuseErasures(number);
    setClock(second + 500);
    const { id } = await askErasure(partner, number, ANNA);
    await failedOnce(id);
    setClock(second + 5 * 60_000);
    await deliver(number, from("wamid.new", services().now()));
    await admitErasures(number);
    await finishErasure(id);
    expect(await wamidsOf(partner, number, ANNA)).toEqual(["wamid.new"]);
    const received = (await partner.events(number.id)).filter(
      ({ type }) => type === "message.received",
    );
    expect(received.map(({ data }) => data["wamid"])).toEqual(["wamid.new"]);
  });

  it("goes through the object at once, though the sender is being moved", async () => {
    const { partner, number, first } = await seedTalk();
    const { key } = await senderOf(number);
    await env.DB.prepare(`UPDATE senders SET move = 'm' WHERE key = ?`).bind(key).run();
    const { id } = await askErasure(partner, number, ANNA);
    await eventually(async () => {
      expect(await readErasure(id)).toMatchObject({ step: "messages" });
    });
    await env.DB.prepare(`UPDATE senders SET move = NULL WHERE key = ?`).bind(key).run();
    await failedOnce(id);
    setClock(services().now() + HOUR);
    await sweepErasures(services());
    await finishErasure(id);
    await deliver(number, first);
    expect(await placesNaming(number, ANNA, "wamid.anna")).toEqual([]);
  });
});

describe("an erasure that a clock put off which was ahead", () => {
  it("goes on when the clock is right again", async () => {
    const { partner, number } = await seedTalk();
    const now = services().now();
    setClock(now + 365 * DAY);
    const { id } = await askErasure(partner, number, ANNA);
    await erasureRests(id);
    setClock(now + HOUR);
    await sweepErasures(services());
    await finishErasure(id);
    expect(await placesNaming(number, ANNA, "wamid.anna")).toEqual([]);
  });
});

describe("what is told of an erased customer", () => {
  it("is still told where others wrote it", async () => {
    const { partner, number } = await seedTalk();
    const timestamp = seconds(Date.now() - HOUR);
    const contacts = [{ name: { formatted_name: "A." }, phones: [{ phone: ANNA, wa_id: ANNA }] }];
    await deliver(
      number,
      inbound(
        number,
        { from: BEN, id: "wamid.ben-2", timestamp, type: "text", text: { body: ANNA } },
        { from: BEN, id: "wamid.ben-3", timestamp, type: "contacts", contacts },
      ),
    );
    await eraseWholly(partner, number, ANNA);
    const received = (await partner.events(number.id)).filter(
      ({ type }) => type === "message.received",
    );
    const bens = ["wamid.ben-1", "wamid.ben-2", "wamid.ben-3"];
    expect(received.map(({ data }) => data["wamid"])).toEqual(bens);
    expect(await wamidsOf(partner, number, BEN)).toEqual(bens);
  });

  it("is still told where it came in the same second, behind the order", async () => {
    const { partner, number } = await seedSender();
    const second = Math.floor(Date.now() / 1_000) * 1_000;
    setClock(second + 500);
    const { id } = await askErasure(partner, number, ANNA);
    await erasureRests(id);
    await deliver(
      number,
      messageFrom(number, { phone: ANNA }, { wamid: "wamid.after", at: second }),
    );
    await finishErasure(id);
    const told = (await partner.events(number.id)).map(({ type }) => type);
    expect(told).toContain("message.received");
  });

  it("goes with the news of a file that came while their messages went", async () => {
    const { partner, number } = await seedTalk();
    const sender = await senderOf(number);
    await runSql(
      number,
      `CREATE TRIGGER away BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'away'); END`,
    );
    const { id } = await askErasure(partner, number, ANNA);
    await failedOnce(id);
    await runSql(
      number,
      `INSERT INTO media (sender, wamid, customer, type, state, media_id, attempts, refusals,
         wanted_at)
       VALUES (${sender.key}, 'wamid.anna-1', '${ANNA}', 'image', 'wanted', 'm1', 1, 0, 1)`,
    );
    const file = { wamid: "wamid.anna-1", type: "image", customer: ANNA, phone: ANNA, bsuid: null };
    const at = services().now() + 1_000;
    await tell(services(), sender, [
      mediaEvent(sender.key, file, "unavailable", "fu:1", at, { reason: "expired" }),
    ]);
    await runSql(number, `DROP TRIGGER away`);
    setClock(services().now() + HOUR);
    await sweepErasures(services());
    await finishErasure(id);
    expect(JSON.stringify(await partner.events())).not.toContain(ANNA);
  });
});
