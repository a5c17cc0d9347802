import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { listAudit } from "../../src/database/audit.ts";
import { signIn } from "../support/console.ts";
import { eventually } from "../support/eventually.ts";
import { graph } from "../support/graph-stub.ts";
import {
  asOperator,
  call,
  deliver,
  importNumber,
  newNumber,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { sendPath, templateTo } from "../support/sends.ts";
import { consumeByHand, listLeftOver, rowsOf, senderOf } from "../support/storage.ts";
import { CUSTOMER, inbound, textMessage, webhook } from "../support/webhooks.ts";
import type { ConsoleVisitor } from "../support/console.ts";

let visitor: ConsoleVisitor;

beforeEach(async () => {
  visitor = await signIn();
});

async function audit() {
  return listAudit(env.DB, { after: null, limit: 50 });
}

describe("partners in the console", () => {
  it("are made, get a key that is shown once and works, and lose it", async () => {
    const made = await visitor.post("/console/partners", { name: "Pottery & Sons" });
    const at = made.headers.get("location") ?? "";
    expect(await visitor.read(at)).toContain("Pottery &amp; Sons");

    const keyed = await visitor.post(`${at}/keys`, {
      name: "their backend",
      scope_read: "on",
    });
    const key = /tdm_[0-9a-z]+_[0-9a-z]+/.exec(await keyed.text())?.[0] ?? "";
    const use = () => call("/v1/senders", { headers: { authorization: `Bearer ${key}` } });
    expect((await use()).status).toBe(200);
    const later = await visitor.read(at);
    expect(later).not.toContain(key);

    const id = key.split("_")[1] ?? "";
    expect((await visitor.post(`${at}/keys/${id}/revoke`)).status).toBe(303);
    expect((await visitor.post(`${at}/keys/${id}/revoke`)).status).toBe(404);
    const [row] = (
      await env.DB.prepare(`SELECT revoked_at AS at FROM api_keys WHERE id = ?`).bind(id).all()
    ).results;
    expect(row?.["at"]).toEqual(expect.any(Number));
    expect((await audit()).map(({ action }) => action)).toEqual([
      "key.revoke.failed", // there was none with that id any more
      "key.revoke",
      "key.revoke",
      "key.create",
      "partner.create",
      "console.sign_in",
    ]);
    expect(JSON.stringify(await audit())).not.toContain(key);
  });

  it("keep the secret of now for a day where a rotation of their key says nothing else", async () => {
    const partner = await seedPartner();
    const [, id] = partner.key.split("_");
    const rotate = (hours: string) =>
      visitor.post(`/console/partners/${partner.id}/keys/${id}/rotate`, { overlap_hours: hours });
    for (const hours of ["-1", "169", "soon"]) expect((await rotate(hours)).status).toBe(400);
    expect((await rotate("")).status).toBe(200);
    expect((await partner.get("/v1/senders")).status).toBe(200);
    expect((await rotate("0")).status).toBe(200);
    expect((await partner.get("/v1/senders")).status).toBe(401);
  });

  it("get a name and a logo, by https alone", async () => {
    const { id } = await seedPartner();
    const at = `/console/partners/${id}`;
    for (const logo of ["http://a.example/l.png", "javascript:alert(1)", "l.png"]) {
      expect((await visitor.post(at, { name: "Shop", logo_url: logo })).status).toBe(400);
    }
    await visitor.post(at, { name: "Shop", logo_url: "https://a.example/l.png" });
    expect(await visitor.read(at)).toContain('src="https://a.example/l.png"');
    await visitor.post(at, { name: "Shop", logo_url: "" });
    expect(await visitor.read(at)).not.toContain("<img");
  });

  it("get how long messages and files are kept, by the API's own bounds", async () => {
    const { id } = await seedPartner();
    const at = `/console/partners/${id}`;
    const row = () =>
      env.DB.prepare(
        `SELECT name, logo_url AS logo, media_retention_days AS media,
           message_retention_days AS messages FROM partners WHERE id = ?`,
      )
        .bind(id)
        .first();
    const fields = { name: "Shop", media_retention_days: "7", message_retention_days: "90" };
    expect(
      (await visitor.post(at, { ...fields, logo_url: "https://a.example/l.png" })).status,
    ).toBe(303);
    const kept = { name: "Shop", logo: "https://a.example/l.png", media: 7, messages: 90 };
    expect(await row()).toEqual(kept);
    for (const days of ["29", "1.5", "-1", "4000", "soon", "1e9"]) {
      const refused = await visitor.post(at, { ...fields, message_retention_days: days });
      expect(refused.status, days).toBe(400);
    }
    expect((await visitor.post(at, { ...fields, id: "partner_other" })).status).toBe(400);
    expect(await row()).toEqual(kept);
    await visitor.post(at, { message_retention_days: "" });
    expect(await row()).toEqual({ ...kept, messages: null });
    expect(await visitor.read(at)).toMatch(/name="media_retention_days"[^>]*value="7"/);
  });

  it("write no markup into a page", async () => {
    const made = await visitor.post("/console/partners", { name: "<img src=x onerror=alert(1)>" });
    const html = await visitor.read(made.headers.get("location") ?? "");
    expect(html).not.toContain("<img src=x");
  });
});

describe("a link for an owner", () => {
  it("is made for a partner, shown to be copied, and listed", async () => {
    const partner = await seedPartner();
    const made = await visitor.post("/console/connect", {
      partner: partner.id,
      external_id: "shop-9",
    });
    const at = made.headers.get("location") ?? "";
    const id = at.split("/").at(-1) ?? "";
    expect(await visitor.read(at)).toContain(`/connect/${id}-`);
    expect(await visitor.read("/console/signups")).toContain("shop-9");
    expect(await partner.read(`/v1/signup-sessions/${id}`)).toMatchObject({
      external_id: "shop-9",
    });
    expect((await audit())[0]).toMatchObject({
      action: "signup.open",
      partner: partner.id,
      detail: null, // the id is most of the link
    });
  });

  it("for nobody is not made", async () => {
    expect((await visitor.post("/console/connect", { partner: "partner_none" })).status).toBe(400);
  });

  it("that stopped on its way shows where, and what support asks for", async () => {
    const partner = await seedPartner();
    const made = await visitor.post("/console/connect", { partner: partner.id });
    const id = made.headers.get("location")?.split("/").at(-1) ?? "";
    await env.DB.prepare(
      `UPDATE signup_sessions SET state = 'failed', error = ?2, trail = ?3 WHERE id = ?1`,
    )
      .bind(
        id,
        JSON.stringify({ step: "exchange", code: "expired_code", detail: "The code was too old." }),
        JSON.stringify([
          {
            n: 1,
            at: Date.now(),
            kind: "popup",
            what: "error",
            step: "PERMISSIONS",
            code: "524126",
            metaSession: "meta-session-9",
            tried: "a1b2",
          },
          { n: 2, at: Date.now(), kind: "popup", what: "number", code: "country" },
          { n: 3, at: Date.now(), kind: "popup", what: "number" },
        ]),
      )
      .run();
    expect(await visitor.read("/console/signups?view=stopped")).toContain("exchange");
    const html = await visitor.read(`/console/signups/${id}`);
    expect(html).toContain("The code was too old.");
    expect(html).toContain("s window: error");
    // Entered on our own page, before Meta's window.
    expect(html).toContain("Number entered: refused");
    expect(html).toContain("Number entered: taken");
    expect(html).toContain("at PERMISSIONS · 524126 · Meta");
    expect(html).toContain("meta-session-9");
    expect(html).not.toContain("a1b2");
    expect(await visitor.read("/console")).toContain("that stopped on their way: 1");
  });
});

describe("senders in the console", () => {
  it("are found by number, name of the partner and id, and filtered by how they stand", async () => {
    const [one, two] = [await seedSender(), await seedSender()];
    const list = (query: string) => visitor.read(`/console/senders?${query}`);
    for (const q of [one.number.phone.slice(-6), one.number.id, one.number.wabaId]) {
      const html = await list(`q=${q}`);
      expect(html).toContain(one.number.phone);
      expect(html).not.toContain(two.number.phone);
    }
    expect(await list("view=attention")).toContain("No sender fits");
    await services().phone(two.number.id).moveTo("paused", "unverified", "sender.paused");
    await services().phone(two.number.id).flushed();
    expect(await list("view=attention")).toContain(two.number.phone);
    expect(await visitor.read("/console")).toContain(two.number.phone);
  });

  it("of a former partner are shown as moved on, with nothing to do", async () => {
    const { number } = await seedSender();
    const { key } = await senderOf(number);
    await importNumber(await seedPartner(), number);
    const html = await visitor.read(`/console/senders/${key}`);
    expect(html).toContain("moved on");
    expect(html).not.toContain("Hold sends");
  });

  it("that were given up have no sends to hold, and nothing to detach", async () => {
    const { number } = await seedSender();
    const { key } = await senderOf(number);
    await services().phone(number.id).moveTo("disconnected", "detached", "sender.disconnected");
    await services().phone(number.id).flushed();
    const html = await visitor.read(`/console/senders/${key}`);
    expect(html).toContain("Re-drive history");
    expect(html).not.toContain("Hold sends");
    expect(html).not.toContain("Detach…");
  });

  it("have a customer erased with a reason; the audit does not say whom", async () => {
    const { number } = await seedSender();
    const at = `/console/senders/${(await senderOf(number)).key}`;
    await deliver(number, inbound(number, textMessage()));
    expect((await visitor.post(`${at}/erase-customer`, { customer: "Anna" })).status).toBe(400);
    expect((await visitor.post(`${at}/erase-customer`, { customer: CUSTOMER })).status).toBe(400);
    const order = { customer: `+${CUSTOMER}`, reason: "Ticket 4711." };
    expect((await visitor.post(`${at}/erase-customer`, order)).status).toBe(303);
    await eventually(async () => expect(await rowsOf(number, "messages")).toEqual([]));
    const [entry] = await audit();
    expect(entry).toMatchObject({ action: "customer.erase", detail: "Ticket 4711." });
    expect(JSON.stringify(entry)).not.toContain(CUSTOMER);
  });

  it("are erased as a whole once they are disconnected, by their id", async () => {
    const { partner, number } = await seedSender();
    const at = `/console/senders/${(await senderOf(number)).key}`;
    const order = { confirm: number.id, reason: "Gone." };
    expect((await visitor.post(`${at}/erase`, order)).status).toBe(409);
    await services().phone(number.id).moveTo("disconnected", "detached", "sender.disconnected");
    await services().phone(number.id).flushed();
    expect(await visitor.read(at)).toContain("Erase all of it");
    expect((await visitor.post(`${at}/erase`, { reason: "Gone." })).status).toBe(400);
    expect((await visitor.post(`${at}/erase`, order)).status).toBe(303);
    expect((await partner.get(`/v1/senders/${number.id}`)).status).toBe(404);
  });

  it("are held and released with a reason, by name", async () => {
    const { partner, number } = await seedSender();
    const at = `/console/senders/${(await senderOf(number)).key}`;
    expect((await visitor.post(`${at}/hold`)).status).toBe(400);
    expect(await visitor.read(at)).not.toContain("holds its sends");
    await visitor.post(`${at}/hold`, { reason: "A loop." });
    // At once, although pages remember figures for a while.
    expect(await visitor.read(at)).toContain("ada holds its sends");
    expect((await partner.post(sendPath(number), templateTo())).status).toBe(503);
    expect(await visitor.read("/console")).toContain("ada: A loop.");
    await visitor.post(`${at}/release`);
    expect(await visitor.read(at)).not.toContain("holds its sends");
    expect((await partner.post(sendPath(number), templateTo())).status).toBe(200);
    expect((await audit()).slice(0, 2)).toMatchObject([
      { operator: "ada", action: "sends.release" },
      { operator: "ada", action: "sends.hold", detail: "A loop." },
    ]);
  });

  it("are detached with a reason, by name, once Meta has ended their webhooks", async () => {
    const { partner, number } = await seedSender();
    const { key } = await senderOf(number);
    const at = `/console/senders/${key}`;
    const answers = [
      () => Response.json({ error: { code: 2, message: "later" } }, { status: 500 }),
      () => Response.json({ success: true }),
    ];
    graph.respond((request) =>
      request.method === "DELETE" && request.path.endsWith(`/${number.wabaId}/subscribed_apps`)
        ? answers.shift()?.()
        : undefined,
    );
    const stateNow = async () => {
      await services().phone(number.id).flushed();
      return (await partner.read<{ state: string }>(`/v1/senders/${number.id}`)).state;
    };
    expect((await visitor.post(`${at}/detach`)).status).toBe(400);
    expect((await visitor.post(`${at}/detach`, { reason: "Moved away." })).status).not.toBe(303);
    expect(await stateNow()).toBe("active");
    expect((await visitor.post(`${at}/detach`, { reason: "Moved away." })).status).toBe(303);
    expect(await stateNow()).toBe("disconnected");
    expect((await audit())[0]).toMatchObject({
      operator: "ada",
      action: "sender.detach",
      sender: key,
      detail: "Moved away.",
    });
  });

  it("that cannot be held any more say so, and the try is noted", async () => {
    const { number } = await seedSender();
    const { key } = await senderOf(number);
    await importNumber(await seedPartner(), number);
    expect((await visitor.post(`/console/senders/${key}/hold`, { reason: "Late." })).status).toBe(
      409,
    );
    expect((await audit())[0]).toMatchObject({ action: "sends.hold.failed", sender: key });
  });
});

it("history that is driven again says what will happen", async () => {
  const { number } = await seedSender();
  const { key } = await senderOf(number);
  const post = () => visitor.post(`/console/senders/${key}/redrive`);
  const nothing = (await post()).headers.get("location") ?? "";
  expect(await visitor.read(nothing)).toContain("Nothing of it lies unstored in the archive");
  await env.ARCHIVE.put(`inbox/${"1".padStart(14, "0")}-abc`, "{}", {
    customMetadata: { numbers: number.id },
  });
  const some = (await post()).headers.get("location") ?? "";
  expect(await visitor.read(some)).toContain("One raw body is read again");
});

describe("what is left over", () => {
  it("is done over: a queue's work is pointed at again, and the letter goes when it is done", async () => {
    const { number } = await seedSender();
    await consumeByHand("tandem-sends-dead", [{ phoneNumberId: number.id }]);
    const id = await onlyId("dead_letters");
    const page = await visitor.read("/console/left-over");
    expect(page).toContain("Do it over");
    expect(await visitor.read(`/console/left-over/dead-letters/${id}`)).toContain(number.id);
    const answer = await visitor.post("/console/left-over/dead-letter", { id });
    expect(answer.headers.get("location")).toBe("/console/left-over?said=under_way");
    expect(await visitor.read("/console/left-over?said=under_way")).toContain("Under way");
    await eventually(async () => expect(await listLeftOver("dead-letters")).toEqual([]));
    expect((await visitor.post("/console/left-over/dead-letter", { id })).status).toBe(404);
  });

  it("is discarded with a reason only, by name", async () => {
    await consumeByHand("tandem-history-dead", [{ key: "inbox/1-a" }]);
    const id = await onlyId("dead_letters");
    const at = "/console/left-over/dead-letter/discard";
    expect((await visitor.post(at, { id })).status).toBe(400);
    expect((await visitor.post(at, { id, reason: "A test of ours." })).status).toBe(303);
    expect((await visitor.post(at, { id, reason: "A test of ours." })).status).toBe(404);
    expect(await listLeftOver("dead-letters")).toEqual([]);
    expect((await audit())[0]).toMatchObject({
      operator: "ada",
      action: "dead_letter.discard",
      detail: `${id}: A test of ours.`,
    });
  });

  it("is shown by where it is from, page by page, and done over together", async () => {
    const { number } = await seedSender();
    const bodies = Array.from({ length: 60 }, (_, n) => ({ key: `inbox/${n}-x` }));
    await consumeByHand("tandem-history-dead", bodies);
    await consumeByHand("tandem-sends-dead", [{ phoneNumberId: number.id }]);
    const all = await visitor.read("/console/left-over");
    expect(all).toMatch(/All 61/);
    expect(all).toMatch(/history 60/);
    const next = /rel="next" href="([^"]+)"/.exec(all)?.[1]?.replaceAll("&amp;", "&");
    expect(await visitor.read(`/console/left-over${next}`)).not.toContain('rel="next"');
    const rows = (html: string) => html.match(/name="id"/g)?.length;
    expect(rows(await visitor.read("/console/left-over?source=sends"))).toBe(2); // two forms a letter

    const answer = await visitor.post("/console/left-over/dead-letters", { source: "history" });
    const place = answer.headers.get("location") ?? "";
    expect(await visitor.read(place)).toContain("60 under way");
    // None of these bodies exists any more: their work is done at once.
    await eventually(
      async () => expect(await listLeftOver("dead-letters")).toMatchObject([{ source: "sends" }]),
      100,
    );
  });

  it("gives a fact that D1 refused back to its number", async () => {
    const { partner, number } = await seedSender();
    const { key } = await senderOf(number);
    const fact = {
      kind: "message",
      key: "m:wamid.dead",
      wamid: "wamid.dead",
      at: Date.now(),
      direction: "inbound",
      origin: "customer",
      customer: { phone: "15550177009" },
      type: "text",
      body: { text: { body: "Back from the dead." } },
    };
    await bury("flush:1:1", key, { n: 1, fact, derived: {}, receivedAt: Date.now() });
    const response = await visitor.post("/console/left-over/dead-letter", { id: "flush:1:1" });
    expect(response.status).toBe(303);
    await services().phone(number.id).flushed();
    const { data } = await partner.read<{ data: { wamid: string }[] }>(
      `/v1/senders/${number.id}/messages`,
    );
    expect(data.map(({ wamid }) => wamid)).toEqual(["wamid.dead"]);
  });

  it("says what cannot be done over, and keeps it", async () => {
    const { number } = await seedSender();
    const { key } = await senderOf(number);
    await bury("flush:1:2", key, { n: 2, fact: { kind: "settled" }, derived: {}, receivedAt: 1 });
    await bury("history:odd", null, { what: "unknown" }, "history");
    for (const id of ["flush:1:2", "history:odd"]) {
      const response = await visitor.post("/console/left-over/dead-letter", { id });
      expect(response.status).toBe(409);
    }
    const { data } = await (await asOperator("/v1/admin/dead-letters")).json<{ data: unknown[] }>();
    expect(data).toHaveLength(2);
  });

  it("hands an item to its number once that is connected, and not before", async () => {
    const partner = await seedPartner();
    const number = newNumber();
    await env.DB.prepare(
      `INSERT INTO unrouted (id, field, reason, raw, at) VALUES (?, 'message', 'unknown_number', ?, ?)`,
    )
      .bind(
        `${number.id}:1`,
        JSON.stringify({
          kind: "message",
          key: "m:wamid.early",
          wamid: "wamid.early",
          at: Date.now(),
          direction: "inbound",
          origin: "customer",
          customer: { phone: "15550177009" },
          type: "text",
          body: { text: { body: "Too early." } },
        }),
        Date.now(),
      )
      .run();
    const again = () =>
      visitor.post("/console/left-over/unrouted", { id: `${number.id}:1`, shard: "DB" });
    const early = await again();
    expect(early.status).toBe(409);
    expect(await early.text()).toContain("Nobody has connected");

    await importNumber(partner, number);
    expect((await again()).status).toBe(303);
    await services().phone(number.id).flushed();
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toHaveLength(1);
    expect(await visitor.read("/console/left-over")).not.toContain("unknown number");
  });

  it("tries items of one reason together, and discards one with a reason", async () => {
    const { partner, number } = await seedSender();
    const item = (id: string) =>
      env.DB.prepare(
        `INSERT INTO unrouted (id, field, reason, raw, at) VALUES (?, 'message', 'unknown_number', ?, 1)`,
      )
        .bind(
          id,
          JSON.stringify({
            kind: "message",
            key: `m:wamid.${id}`,
            wamid: `wamid.${id}`,
            at: Date.now(),
            direction: "inbound",
            origin: "customer",
            customer: { phone: "15550177009" },
            type: "text",
            body: { text: { body: "Late." } },
          }),
        )
        .run();
    for (const id of [`${number.id}:1`, `${number.id}:2`, "39999:1"]) await item(id);
    const answer = await visitor.post("/console/left-over/unrouted-items", {
      of: "unknown_number",
    });
    const page = await visitor.read(answer.headers.get("location") ?? "");
    expect(page).toContain("2 done, 1 cannot be done over");
    await services().phone(number.id).flushed();
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toHaveLength(2);
    const named = { id: "39999:1", shard: "DB" };
    const at = "/console/left-over/unrouted/discard";
    expect((await visitor.post(at, named)).status).toBe(400);
    expect((await visitor.post(at, { ...named, reason: "Nobody's." })).status).toBe(303);
    expect(await listLeftOver("unrouted")).toEqual([]);
  });

  it("keeps what this version cannot read", async () => {
    const { number } = await seedSender();
    await webhook(inbound(number, { ...textMessage(), id: undefined }));
    await services().phone(number.id).flushed();
    const [item] = await listLeftOver("unrouted");
    const [shard = "", ...key] = item?.id.split(":") ?? [];
    const answer = await visitor.post("/console/left-over/unrouted", { id: key.join(":"), shard });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain("cannot read it");
  });
});

it("what operators do by the API is in the audit too", async () => {
  const { partner } = await seedSender();
  expect((await audit()).map((entry) => [entry.operator, entry.action, entry.partner])).toEqual([
    ["ada", "sender.import", partner.id],
    ["ada", "key.create", partner.id],
    ["ada", "partner.create", partner.id],
    ["ada", "console.sign_in", null],
  ]);
});

async function onlyId(table: string): Promise<string> {
  const { results } = await env.DB.prepare(`SELECT id FROM ${table}`).all<{ id: string }>();
  if (results.length !== 1) throw new Error(`${table} has ${results.length} rows.`);
  return results[0]?.id ?? "";
}

async function bury(id: string, sender: number | null, body: object, source = "flush") {
  await env.DB.prepare(
    `INSERT INTO dead_letters (id, source, sender, reason, body, at) VALUES (?, ?, ?, 'test', ?, ?)`,
  )
    .bind(id, source, sender, JSON.stringify(body), Date.now())
    .run();
}
