import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { listAudit } from "../../src/database/audit.ts";
import { AUDIT_ACTIONS } from "../../src/lib/audit-actions.ts";
import { ConsoleVisitor, signIn } from "../support/console.ts";
import { Deployment } from "../support/deployment.ts";
import { graph } from "../support/graph-stub.ts";
import { waitForNothing } from "../support/impatience.ts";
import { giveKey } from "../support/keys.ts";
import { seedEndpoint } from "../support/registered-endpoints.ts";
import { asOperator, call, deliver, newNumber, seedSender } from "../support/seed.ts";
import { passTime, stopClock } from "../support/sends.ts";
import { openSession } from "../support/signups.ts";
import { consumeByHand, senderOf } from "../support/storage.ts";
import { CUSTOMER, inbound, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

waitForNothing();

/** Every door of operators, by the app's own routes. */
const DOORS = [
  ...new Set(
    app.routes
      .filter(({ method, path }) => method !== "ALL" && /^\/(v1\/admin|console)(\/|$)/.test(path))
      .map(({ method, path }) => `${method} ${path.length > 1 ? path.replace(/\/$/, "") : path}`),
  ),
];
const CHANGING = DOORS.filter((door) => !door.startsWith("GET "));
const SHOWING = DOORS.filter((door) => door.startsWith("GET "));

const WORDS = "Two jars of the thyme honey, please.";

/** What the doors are tried on. */
interface World {
  partner: Partner;
  number: TestNumber;
  sender: number;
  /** Two: each surface ends one. */
  keys: { api: string; console: string };
  endpoint: string;
  visitor: ConsoleVisitor;
}

let world: World;

beforeEach(async () => {
  graph.respond(({ method, path }) =>
    method === "DELETE" && path.endsWith("/subscribed_apps")
      ? Response.json({ success: true })
      : undefined,
  );
  const { partner, number } = await seedSender();
  const keys = {
    api: (await giveKey(partner, { scopes: ["read"] })).id,
    console: (await giveKey(partner, { scopes: ["read"] })).id,
  };
  const { id: endpoint } = await seedEndpoint(partner);
  await deliver(number, inbound(number, textMessage({ body: WORDS })));
  const { key: sender } = await senderOf(number);
  world = { partner, number, sender, keys, endpoint, visitor: await signIn() };
});

/** A call by the API, as an operator. */
const admin =
  (method: string, path: (w: World) => string, body?: (w: World) => unknown) => (w: World) =>
    call(`/v1/admin${path(w)}`, {
      method,
      headers: { authorization: "Bearer test-operator-token", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body(w)) }),
    });

/** A form of the console. */
const form =
  (path: (w: World) => string, fields: Record<string, string> = {}) =>
  (w: World) =>
    w.visitor.post(`/console${path(w)}`, fields);

const reason = { reason: "It was asked for." };
const ofPartner = (w: World) => `/partners/${w.partner.id}`;
const ofKey = (w: World) => `${ofPartner(w)}/keys/${w.keys.api}`;
const ofOtherKey = (w: World) => `${ofPartner(w)}/keys/${w.keys.console}`;
const ofSender = (w: World) => `/senders/${w.sender}`;
const ofEndpoint = (w: World) => `${ofPartner(w)}/endpoints/${w.endpoint}`;

/**
 * How each door that changes something is gone through, one after the other, so that it succeeds. A
 * door without a line
 * fails: whoever adds one says here how it is done, and that test sees that it is written down.
 */
const DEEDS: Record<string, (w: World) => Promise<Response>> = {
  "POST /v1/admin/partners": admin(
    "POST",
    () => "/partners",
    () => ({ name: "Bakers" }),
  ),
  "PATCH /v1/admin/partners/:id": admin("PATCH", ofPartner, () => ({ name: "Millers" })),
  "POST /v1/admin/partners/:id/keys": admin("POST", (w) => `${ofPartner(w)}/keys`),
  "PATCH /v1/admin/partners/:id/keys/:key": admin("PATCH", ofKey, () => ({ name: "other" })),
  "POST /v1/admin/partners/:id/keys/:key/rotate": admin("POST", (w) => `${ofKey(w)}/rotate`),
  "DELETE /v1/admin/partners/:id/keys/:key": admin("DELETE", ofKey),
  "POST /v1/admin/senders": admin(
    "POST",
    () => "/senders",
    ({ partner }) => {
      const { id, wabaId, phone } = newNumber();
      return {
        partner_id: partner.id,
        phone_number_id: id,
        waba_id: wabaId,
        display_phone_number: `+${phone}`,
        access_token: "a-token",
        timezone: "Europe/Berlin",
      };
    },
  ),
  "POST /console/sign-in": () =>
    new ConsoleVisitor().post("/console/sign-in", { token: "test-operator-token" }),
  "POST /console/sign-out": async () => (await signIn()).post("/console/sign-out"),
  "POST /console/senders/:key/hold": form((w) => `${ofSender(w)}/hold`, reason),
  "POST /console/senders/:key/release": form((w) => `${ofSender(w)}/release`),
  "POST /console/senders/:key/redrive": form((w) => `${ofSender(w)}/redrive`),
  "POST /console/senders/:key/detach": form((w) => `${ofSender(w)}/detach`, reason),
  "POST /console/senders/:key/content/show": form((w) => `${ofSender(w)}/content/show`, reason),
  "POST /console/senders/:key/content/hide": form((w) => `${ofSender(w)}/content/hide`),
  "POST /console/connect": (w) => w.visitor.post("/console/connect", { partner: w.partner.id }),
  "POST /console/partners": form(() => "/partners", { name: "Potters" }),
  "POST /console/partners/:id": form(ofPartner, { name: "Weavers" }),
  "POST /console/partners/:id/keys": form((w) => `${ofPartner(w)}/keys`, {
    name: "theirs",
    scope_read: "on",
  }),
  "POST /console/partners/:id/keys/:key": form(ofOtherKey, { scope_send: "on" }),
  "POST /console/partners/:id/keys/:key/rotate": form((w) => `${ofOtherKey(w)}/rotate`, {
    overlap_hours: "0",
  }),
  "POST /console/partners/:id/keys/:key/revoke": form((w) => `${ofOtherKey(w)}/revoke`),
  "POST /console/partners/:id/endpoints/:endpoint/pause": form(
    (w) => `${ofEndpoint(w)}/pause`,
    reason,
  ),
  "POST /console/partners/:id/endpoints/:endpoint/enable": form(
    (w) => `${ofEndpoint(w)}/enable`,
    reason,
  ),
  "POST /console/partners/:id/endpoints/:endpoint/retry": form(
    (w) => `${ofEndpoint(w)}/retry`,
    reason,
  ),
  "POST /console/left-over/dead-letter": async (w) => {
    await consumeByHand("tandem-dead-letters", [{ phoneNumberId: w.number.id }]);
    const row = await env.DB.prepare(`SELECT id FROM dead_letters`).first<{ id: string }>();
    return w.visitor.post("/console/left-over/dead-letter", { id: row?.id ?? "" });
  },
  "POST /console/left-over/unrouted": async (w) => {
    const fact = {
      kind: "message",
      key: "m:wamid.late",
      wamid: "wamid.late",
      at: Date.now(),
      direction: "inbound",
      origin: "customer",
      customer: { phone: CUSTOMER },
      type: "text",
      body: { text: { body: WORDS } },
    };
    const id = `${w.number.id}:1`;
    await env.DB.prepare(
      `INSERT INTO unrouted (id, field, reason, raw, at) VALUES (?, 'message', 'test', ?, ?)`,
    )
      .bind(id, JSON.stringify(fact), Date.now())
      .run();
    return w.visitor.post("/console/left-over/unrouted", { id, shard: "DB" });
  },
};

const audit = () => listAudit(env.DB, { after: null, limit: 500 });

describe("doors of operators that change something", () => {
  it("are all under this test", () => {
    expect(CHANGING.length).toBeGreaterThan(20);
    expect(CHANGING.toSorted()).toEqual(Object.keys(DEEDS).toSorted());
  });

  it("are each in the audit when they succeed, by name and without content", async () => {
    const faults: string[] = [];
    for (const [door, pass] of Object.entries(DEEDS)) {
      const before = (await audit()).length;
      const response = await pass(world);
      if (response.status >= 400) {
        faults.push(`${door} did not succeed: ${response.status} ${await response.text()}`);
      }
      const rows = await audit();
      const fresh = rows.slice(0, rows.length - before);
      if (fresh.length === 0) faults.push(`${door} is not in the audit`);
      for (const { operator, action, detail } of fresh) {
        const isNamed = action in AUDIT_ACTIONS && operator === "ada";
        const told = [WORDS, CUSTOMER, world.number.phone, "a-token", "tdm_"];
        const isClean = !told.some((each) => detail?.includes(each));
        if (!isNamed || !isClean) faults.push(`${door}: ${operator} ${action} ${detail}`);
      }
    }
    expect(faults).toEqual([]);
  });
});

/** Addresses that stand for a route: with the world's own ids, and of a list the first in it. */
async function addressOf(door: string): Promise<string> {
  const { partner, sender, visitor } = world;
  const path = door.split(" ")[1] ?? "";
  if (path.endsWith("/conversations/:ref")) {
    const html = await visitor.read(`/console/senders/${sender}/conversations`);
    return /href="(\/console\/senders\/\d+\/conversations\/[^"]+)"/.exec(html)?.[1] ?? "none";
  }
  if (path === "/console/signups/:id") return `/console/signups/${await openSession(partner)}`;
  const own = path
    .replace("/partners/:id", `/partners/${partner.id}`)
    .replace(":key", String(sender));
  expect(own, `${door}: say here what its parts are`).not.toContain(":");
  return own;
}

it("doors of operators that show something show content only where the audit says so", async () => {
  const { visitor, sender } = world;
  const paths = new Map<string, string>();
  for (const door of SHOWING) paths.set(door, await addressOf(door));
  const look = async () => {
    const showing: string[] = [];
    const noted: string[] = [];
    for (const [door, path] of paths) {
      const before = (await audit()).length;
      const response = path.startsWith("/console")
        ? await visitor.get(path)
        : await asOperator(path);
      const text = await response.text();
      expect(response.status, `${door}: ${text}`).toBeLessThan(400);
      if (text.includes(WORDS) || text.includes(CUSTOMER)) showing.push(door);
      const fresh = (await audit()).slice(0, -before);
      if (fresh.some(({ action }) => action === "content.read")) noted.push(door);
    }
    return { showing, noted };
  };
  expect(await look()).toEqual({ showing: [], noted: [] });
  await visitor.post(`/console/senders/${sender}/content/show`, reason);
  const { showing, noted } = await look();
  expect(showing).toEqual([
    "GET /console/senders/:key/conversations",
    "GET /console/senders/:key/conversations/:ref",
  ]);
  expect(noted).toEqual(showing);
});

describe("the audit by the API", () => {
  interface Entry {
    id: string;
    operator: string;
    action: string;
    sender_id: string | null;
    partner_id: string | null;
    detail: string | null;
  }
  const read = async (query = "") => {
    const response = await asOperator(`/v1/admin/audit?${query}`);
    expect(response.status, await response.clone().text()).toBe(200);
    return response.json<{ data: Entry[]; next_cursor: string | null }>();
  };

  it("is asked for by operator, action, sender, partner and time", async () => {
    const { partner, number, visitor, sender } = world;
    const other = await seedSender();
    await visitor.post(`/console/senders/${sender}/hold`, { reason: "A loop." });
    const actions = async (query: string) => (await read(query)).data.map(({ action }) => action);
    expect(await actions("action=sends.hold")).toEqual(["sends.hold"]);
    expect((await read("action=sends.hold")).data[0]).toMatchObject({
      operator: "ada",
      sender_id: number.id,
      partner_id: partner.id,
      detail: "A loop.",
    });
    expect(await actions(`sender=${number.id}`)).toEqual(["sends.hold", "sender.import"]);
    expect(await actions(`sender=${other.number.id}`)).toEqual(["sender.import"]);
    expect(await actions(`partner=${other.partner.id}`)).toEqual([
      "sender.import",
      "key.create",
      "partner.create",
    ]);
    expect(await actions("operator=grace")).toEqual([]);
    expect((await actions("operator=ada")).length).toBeGreaterThan(5);
    expect(await actions(`since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
    expect(await actions(`until=2026-01-01T00:00:00Z`)).toEqual([]);
    expect((await asOperator("/v1/admin/audit?since=yesterday")).status).toBe(400);
  });

  it("is read in pages, each entry once, the newest first", async () => {
    const all = await read("limit=100");
    const seen: Entry[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await read(`limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...page.data);
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(all.data);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  });

  it("has a failed deed twice: as what was begun, and as failed", async () => {
    const { visitor, sender, number } = world;
    graph.respond(({ method, path }) =>
      method === "DELETE" && path === `/${number.wabaId}/subscribed_apps`
        ? Response.json({ error: { code: 2, message: "later" } }, { status: 500 })
        : undefined,
    );
    await visitor.post(`/console/senders/${sender}/detach`, reason);
    const { data } = await read("action=sender.detach");
    expect(data.map(({ action }) => action)).toEqual(["sender.detach.failed", "sender.detach"]);
  });

  it("is filtered in the console as well", async () => {
    const { visitor, sender, number } = world;
    await visitor.post(`/console/senders/${sender}/hold`, { reason: "A loop." });
    const held = await visitor.read(`/console/audit?action=sends.hold&sender=${number.id}`);
    expect(held).toContain("A loop.");
    expect(held).not.toContain(">partner.create</td>");
    expect(await visitor.read("/console/audit?operator=grace")).toContain("Nothing fits.");
    expect(await visitor.read("/console/audit?since=2999-01-01")).toContain("Nothing fits.");
    expect(await visitor.read("/console/audit?since=never&before=%22%3E")).toContain("sends.hold");
  });
});

it("who is refused is counted by day and door, in at most a row a minute", async () => {
  // An isolate remembers when it wrote last, also of the tests before: at noon of the day after.
  const today = new Date().toISOString().slice(0, 10);
  stopClock(Date.parse(`${today}T12:00:00Z`) + 24 * 3_600_000);
  const knock = (token: string) =>
    call("/v1/admin/audit", { headers: { authorization: `Bearer ${token}` } });
  const count = async () => {
    const response = await asOperator("/v1/admin/secrets");
    return (await response.json<{ refused: Record<string, unknown>[] }>()).refused;
  };
  expect((await call("/v1/admin/audit")).status).toBe(401); // no token at all is no guess
  expect(await count()).toEqual([]);
  for (const token of ["guess-1", "guess-2", "guess-3"]) {
    expect((await knock(token)).status).toBe(401);
  }
  const day = new Date().toISOString().slice(0, 10);
  const api = { day, door: "api", last_at: new Date().toISOString() };
  expect(await count()).toEqual([{ ...api, count: 1 }]);
  passTime(61_000);
  await knock("guess-4");
  expect(await count()).toMatchObject([{ door: "api", count: 4 }]);

  await new ConsoleVisitor().post("/console/sign-in", { token: "guess" });
  const behindAccess = new Deployment({
    ACCESS_TEAM_DOMAIN: "https://team.cloudflareaccess.com",
    ACCESS_AUD: "aud",
  });
  expect((await behindAccess.fetch("/console")).status).toBe(401);
  expect((await count()).map(({ door }) => door)).toEqual(["access", "api", "console"]);
  const page = await (await signIn()).read("/console/audit");
  expect(page).toContain(`4 by the API on ${day}`);
  expect(page).toContain(`1 at the sign-in on ${day}`);
});
