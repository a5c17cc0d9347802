import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { listAudit } from "../../src/database/audit.ts";
import { AUDIT_ACTIONS } from "../../src/lib/audit-actions.ts";
import { endHearing, hearAlarms } from "../support/alarms.ts";
import { ConsoleVisitor, signIn } from "../support/console.ts";
import { Deployment } from "../support/deployment.ts";
import { erasureRests } from "../support/erasures.ts";
import { eventually } from "../support/eventually.ts";
import { graph } from "../support/graph-stub.ts";
import { waitForNothing } from "../support/impatience.ts";
import { giveKey } from "../support/keys.ts";
import { seedEndpoint } from "../support/registered-endpoints.ts";
import {
  asOperator,
  call,
  deliver,
  newNumber,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { passTime, stopClock } from "../support/sends.ts";
import { openSession } from "../support/signups.ts";
import { consumeByHand, listLeftOver, runSql, senderOf } from "../support/storage.ts";
import { CUSTOMER, inbound, textMessage, webhook } from "../support/webhooks.ts";
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
const ofNumber = (w: World) => `/senders/${w.number.id}`;
const ofEndpoint = (w: World) => `${ofPartner(w)}/endpoints/${w.endpoint}`;

async function beginMove(w: World): Promise<Response> {
  const { number } = await seedSender();
  const { shard } = await senderOf(number);
  const order = { shard: shard === "DB" ? "DB_1" : "DB" };
  return admin(
    "POST",
    () => `/senders/${number.id}/move`,
    () => order,
  )(w);
}

async function disconnect(number: TestNumber): Promise<void> {
  const phone = services().phone(number.id);
  await phone.moveTo("disconnected", "detached", "sender.disconnected");
  await phone.flushed();
}

/** An event that the endpoint was told, by its id. */
async function deliveredEvent({ partner, endpoint }: World): Promise<string> {
  return eventually(async () => {
    const path = `/v1/endpoints/${endpoint}/deliveries?state=delivered`;
    const [delivery] = (await partner.read<{ data: { event_id: string }[] }>(path)).data;
    if (delivery === undefined) throw new Error("It was told nothing.");
    return delivery.event_id;
  });
}

let made = 0;

async function raiseAlarm(): Promise<string> {
  const subject = `subject-${++made}`;
  const finding = { alarm: "dead_letters", subject, since: Date.now(), detail: "A test." } as const;
  await services()
    .alarms()
    .raise({ ...finding, path: "/console/left-over" });
  const { open } = await services().alarms().list();
  return open.find((alarm) => alarm.subject === subject)?.id ?? "none";
}

/** Work of a queue is given up. @returns its letter's id */
async function buryLetter(): Promise<string> {
  const pointer = { key: `inbox/${++made}` };
  await consumeByHand("tandem-history-dead", [pointer]);
  const row = await env.DB.prepare(`SELECT id FROM dead_letters WHERE body = ?`)
    .bind(JSON.stringify(pointer))
    .first<{ id: string }>();
  return row?.id ?? "none";
}

/** A message that came before its number was known. @returns its id, in the shard DB */
async function leaveItem({ number }: World): Promise<string> {
  const wamid = `wamid.late-${++made}`;
  const fact = {
    kind: "message",
    key: `m:${wamid}`,
    wamid,
    at: Date.now(),
    direction: "inbound",
    origin: "customer",
    customer: { phone: CUSTOMER },
    type: "text",
    body: { text: { body: WORDS } },
  };
  const id = `${number.id}:${made}`;
  await env.DB.prepare(
    `INSERT INTO unrouted (id, field, reason, raw, at) VALUES (?, 'message', 'test', ?, ?)`,
  )
    .bind(id, JSON.stringify(fact), Date.now())
    .run();
  return id;
}

/**
 * How each door that changes something is gone through, one after the other, so that it succeeds. A
 * door without a line fails: whoever adds one says here how it is done, and that test sees that it
 * is written down.
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
  "POST /v1/admin/senders/:id/sync/redrive": admin("POST", (w) => `${ofNumber(w)}/sync/redrive`),
  // Of another sender: what moves is not erased meanwhile.
  "POST /v1/admin/senders/:id/move": beginMove,
  "DELETE /v1/admin/senders/:id/customers/:customer": admin(
    "DELETE",
    (w) => `${ofNumber(w)}/customers/${CUSTOMER}`,
  ),
  "DELETE /v1/admin/senders/:id": async (w) => {
    const { number } = await seedSender();
    await disconnect(number);
    return admin("DELETE", () => `/senders/${number.id}?confirm=${number.id}`)(w);
  },
  "PATCH /v1/admin/endpoints/:id": admin(
    "PATCH",
    (w) => `/endpoints/${w.endpoint}`,
    () => ({ state: "enabled", ...reason }),
  ),
  "POST /v1/admin/endpoints/:id/deliveries/:event/retry": async (w) => {
    const event = await deliveredEvent(w);
    return admin("POST", () => `/endpoints/${w.endpoint}/deliveries/${event}/retry`)(w);
  },
  "POST /v1/admin/endpoints/:id/replays": admin(
    "POST",
    (w) => `/endpoints/${w.endpoint}/replays`,
    () => ({ since: new Date(Date.now() - 60_000).toISOString() }),
  ),
  "DELETE /v1/admin/endpoints/:id/replays/:replay": async (w) => {
    const [replay] = await services().endpoint(w.endpoint).replays();
    return admin("DELETE", () => `/endpoints/${w.endpoint}/replays/${replay?.id}`)(w);
  },
  "POST /v1/admin/alarms:test": async (w) => {
    hearAlarms();
    const response = await admin("POST", () => "/alarms:test")(w);
    await endHearing();
    return response;
  },
  "POST /v1/admin/alarms/:id/acknowledge": async (w) => {
    const alarm = await raiseAlarm();
    return admin("POST", () => `/alarms/${alarm}/acknowledge`)(w);
  },
  "POST /v1/admin/dead-letters/:id/redrive": async (w) => {
    const letter = await buryLetter();
    return admin("POST", () => `/dead-letters/${letter}/redrive`)(w);
  },
  "POST /v1/admin/dead-letters:redrive": async (w) => {
    await buryLetter();
    return admin("POST", () => "/dead-letters:redrive")(w);
  },
  "DELETE /v1/admin/dead-letters/:id": async (w) => {
    const letter = await buryLetter();
    return admin("DELETE", () => `/dead-letters/${letter}?reason=A%20test`)(w);
  },
  "POST /v1/admin/unrouted/:id/redrive": async (w) => {
    const item = await leaveItem(w);
    return admin("POST", () => `/unrouted/DB:${item}/redrive`)(w);
  },
  "POST /v1/admin/unrouted:redrive": async (w) => {
    await leaveItem(w);
    return admin("POST", () => "/unrouted:redrive")(w);
  },
  "DELETE /v1/admin/unrouted/:id": async (w) => {
    const item = await leaveItem(w);
    return admin("DELETE", () => `/unrouted/DB:${item}?reason=A%20test`)(w);
  },
  "POST /console/sign-in": () =>
    new ConsoleVisitor().post("/console/sign-in", { token: "test-operator-token" }),
  "POST /console/senders/:key/hold": form((w) => `${ofSender(w)}/hold`, reason),
  "POST /console/senders/:key/release": form((w) => `${ofSender(w)}/release`),
  "POST /console/senders/:key/redrive": form((w) => `${ofSender(w)}/redrive`),
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
  "POST /console/partners/:id/endpoints/:endpoint/replay": form((w) => `${ofEndpoint(w)}/replay`, {
    since: "2026-01-01T00:00",
    ...reason,
  }),
  "POST /console/alarms/:id/acknowledge": async (w) => {
    const alarm = await raiseAlarm();
    return w.visitor.post(`/console/alarms/${alarm}/acknowledge`);
  },
  "POST /console/left-over/dead-letter": async (w) => {
    const id = await buryLetter();
    return w.visitor.post("/console/left-over/dead-letter", { id });
  },
  "POST /console/left-over/dead-letters": async (w) => {
    await buryLetter();
    return w.visitor.post("/console/left-over/dead-letters", { source: "history" });
  },
  "POST /console/left-over/dead-letter/discard": async (w) => {
    const id = await buryLetter();
    return w.visitor.post("/console/left-over/dead-letter/discard", { id, ...reason });
  },
  "POST /console/left-over/unrouted": async (w) => {
    const id = await leaveItem(w);
    return w.visitor.post("/console/left-over/unrouted", { id, shard: "DB" });
  },
  "POST /console/left-over/unrouted-items": async (w) => {
    await leaveItem(w);
    return w.visitor.post("/console/left-over/unrouted-items");
  },
  "POST /console/left-over/unrouted/discard": async (w) => {
    const id = await leaveItem(w);
    return w.visitor.post("/console/left-over/unrouted/discard", { id, shard: "DB", ...reason });
  },
  "POST /console/senders/:key/erase-customer": form((w) => `${ofSender(w)}/erase-customer`, {
    customer: CUSTOMER,
    ...reason,
  }),
  "DELETE /v1/admin/partners/:id": async (w) => {
    const { id } = await seedPartner();
    return admin("DELETE", () => `/partners/${id}?confirm=${id}&reason=It%20left.`)(w);
  },
  "POST /console/partners/:id/remove": async (w) => {
    const { id } = await seedPartner();
    return w.visitor.post(`/console/partners/${id}/remove`, { confirm: id, ...reason });
  },
  // Last: nothing of the sender is there afterwards, and nobody is signed in.
  "POST /console/senders/:key/detach": form((w) => `${ofSender(w)}/detach`, reason),
  "POST /console/senders/:key/erase": (w) =>
    w.visitor.post(`/console${ofSender(w)}/erase`, { confirm: w.number.id, ...reason }),
  "POST /console/sign-out": (w) => w.visitor.post("/console/sign-out"),
};

const audit = () => listAudit(env.DB, { after: null, limit: 500 });

describe("doors of operators that change something", () => {
  it("are all under this test", () => {
    expect(CHANGING.length).toBeGreaterThan(20);
    expect(CHANGING.toSorted()).toEqual(Object.keys(DEEDS).toSorted());
  });

  it("are each in the audit when they succeed, by name and without content", async () => {
    const faults: string[] = [];
    const seen = new Set<string>();
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
        seen.add(action);
        const isNamed = action in AUDIT_ACTIONS && operator === "ada";
        const told = [WORDS, CUSTOMER, world.number.phone, "a-token", "tdm_"];
        const isClean = !told.some((each) => detail?.includes(each));
        if (!isNamed || !isClean) faults.push(`${door}: ${operator} ${action} ${detail}`);
      }
    }
    expect(faults).toEqual([]);
    const names = Object.keys(AUDIT_ACTIONS).filter((name) => name !== "content.read");
    expect([...seen].toSorted(), "each name is of a door").toEqual(names.toSorted());
    // Each was done over or thrown away.
    expect(await listLeftOver("unrouted")).toEqual([]);
    await eventually(async () => expect(await listLeftOver("dead-letters")).toEqual([]));
    const { results } = await env.DB.prepare(`SELECT id FROM erasures`).all<{ id: string }>();
    for (const { id } of results) await erasureRests(id);
  });
});

/** What is left over holds content: a message that D1 refused, and one that nobody was there for. */
async function leaveContent(): Promise<{ letter: string; item: string }> {
  const { number } = world;
  await runSql(
    number,
    `CREATE TRIGGER poison BEFORE INSERT ON messages BEGIN
       SELECT RAISE(ABORT, 'SQLITE_CONSTRAINT poison'); END`,
  );
  await webhook(inbound(number, textMessage({ body: WORDS })));
  await services().phone(number.id).flushed();
  const row = await env.DB.prepare(`SELECT id FROM dead_letters`).first<{ id: string }>();
  return { letter: row?.id ?? "none", item: await leaveItem(world) };
}

/** The id of what an operator's call began, once the work behind the answer rests. */
async function begun(answer: Promise<Response>): Promise<string> {
  return (await (await answer).json<{ id: string }>()).id;
}

/** A part of an address, and what it stands for in the world. */
async function listParts(): Promise<[RegExp, string][]> {
  const { partner, sender, number, endpoint } = world;
  const { letter, item } = await leaveContent();
  const erasure = await begun(DEEDS["DELETE /v1/admin/senders/:id"]!(world));
  await erasureRests(erasure);
  return [
    [/\/partners\/:id/, `/partners/${partner.id}`],
    [/\/console\/senders\/:key/, `/console/senders/${sender}`],
    [/\/admin\/senders\/:id/, `/admin/senders/${number.id}`],
    [/\/endpoints\/:id/, `/endpoints/${endpoint}`],
    [/\/signups\/:id/, `/signups/${await openSession(partner)}`],
    [/\/dead-letters\/:id/, `/dead-letters/${encodeURIComponent(letter)}`],
    [/\/unrouted\/:id/, `/unrouted/${encodeURIComponent(`DB:${item}`)}`],
    [/:move$/, await begun(beginMove(world))],
    [/:erasure$/, erasure],
  ];
}

/** The address that stands for each door that shows something. */
async function listAddresses(): Promise<Map<string, string>> {
  const { sender, visitor } = world;
  const talks = await visitor.read(`/console/senders/${sender}/conversations`);
  const talk = /href="\/console\/senders\/\d+\/conversations\/([^"]+)"/.exec(talks)?.[1] ?? "none";
  const parts = [...(await listParts()), [/:ref$/, talk] as const];
  const addresses = SHOWING.map((door) => {
    const route = door.slice("GET ".length);
    const address = parts.reduce((path, [part, value]) => path.replace(part, value), route);
    expect(address, `${door}: say here what its parts are`).not.toMatch(/\/:/);
    return [door, address] as const;
  });
  return new Map(addresses);
}

/** How content is asked for where it is not shown by itself. */
const ASKED: Record<string, string> = {
  "GET /v1/admin/dead-letters/:id": "?content=true&reason=It%20was%20asked%20for.",
  "GET /v1/admin/unrouted/:id": "?content=true&reason=It%20was%20asked%20for.",
};

it("doors of operators that show something show content only where the audit says so", async () => {
  const { visitor, sender } = world;
  const addresses = await listAddresses();
  const look = async (asked: Record<string, string>) => {
    const showing: string[] = [];
    const noted: string[] = [];
    for (const [door, address] of addresses) {
      const before = (await audit()).length;
      const path = `${address}${asked[door] ?? ""}`;
      const response = path.startsWith("/console")
        ? await visitor.get(path)
        : await asOperator(path);
      const text = await response.text();
      expect(response.status, `${door}: ${text}`).toBeLessThan(400);
      if (text.includes(WORDS) || text.includes(CUSTOMER)) showing.push(door);
      const fresh = (await audit()).slice(0, -before);
      if (fresh.some(({ action }) => action === "content.read")) noted.push(door);
    }
    return { showing: showing.toSorted(), noted: noted.toSorted() };
  };
  expect(await look({})).toEqual({ showing: [], noted: [] });
  await visitor.post(`/console/senders/${sender}/content/show`, reason);
  const { showing, noted } = await look(ASKED);
  expect(showing).toEqual([
    "GET /console/senders/:key/conversations",
    "GET /console/senders/:key/conversations/:ref",
    "GET /v1/admin/dead-letters/:id",
    "GET /v1/admin/unrouted/:id",
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

  it("has what was refused twice: as what was begun, and as failed", async () => {
    const { partner, number, sender, endpoint, visitor } = world;
    const { letter, item } = await leaveContent();
    await env.DB.prepare(`UPDATE unrouted SET raw = '{}'`).run();
    await env.DB.prepare(`UPDATE dead_letters SET body = '{}'`).run();
    const api: [action: string, status: number, method: string, path: string][] = [
      ["sender.erase", 409, "DELETE", `/senders/${number.id}?confirm=${number.id}`],
      ["sender.move", 400, "POST", `/senders/${number.id}/move`],
      ["delivery.retry", 404, "POST", `/endpoints/${endpoint}/deliveries/evt_none/retry`],
      ["endpoint.cancel_replay", 404, "DELETE", `/endpoints/${endpoint}/replays/none`],
      ["key.rotate", 404, "POST", `/partners/${partner.id}/keys/key_none/rotate`],
      ["dead_letter.redrive", 409, "POST", `/dead-letters/${letter}/redrive`],
      ["unrouted.redrive", 409, "POST", `/unrouted/DB:${item}/redrive`],
      ["alarm.test", 409, "POST", "/alarms:test"],
    ];
    const last = async () => (await audit()).slice(0, 2).map(({ action }) => action);
    for (const [action, status, method, path] of api) {
      const body = action === "sender.move" ? () => ({ shard: "DB_9" }) : undefined;
      const response = await admin(method, () => path, body)(world);
      expect(response.status, action).toBe(status);
      expect(await last()).toEqual([`${action}.failed`, action]);
    }
    const forms: [action: string, status: number, path: string, fields: Record<string, string>][] =
      [
        ["sender.erase", 400, `/senders/${sender}/erase`, { confirm: "other", ...reason }],
        ["dead_letter.redrive", 409, "/left-over/dead-letter", { id: letter }],
        ["unrouted.redrive", 409, "/left-over/unrouted", { id: item, shard: "DB" }],
        ["key.revoke", 404, `/partners/${partner.id}/keys/key_none/revoke`, {}],
      ];
    for (const [action, status, path, fields] of forms) {
      const response = await visitor.post(`/console${path}`, fields);
      expect(response.status, action).toBe(status);
      expect(await last()).toEqual([`${action}.failed`, action]);
    }
  });

  it("has a failed deed twice as well", async () => {
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
  const knock = (token: string) =>
    call("/v1/admin/audit", { headers: { authorization: `Bearer ${token}` } });
  const guess = () => new ConsoleVisitor().post("/console/sign-in", { token: "guess" });
  // An isolate remembers when it wrote last and what it has not written, also of the tests before:
  // it writes that at noon of the day after, and begins with nothing.
  const today = new Date().toISOString().slice(0, 10);
  stopClock(Date.parse(`${today}T12:00:00Z`) + 24 * 3_600_000);
  await knock("guess-0");
  await guess();
  await env.DB.prepare(`DELETE FROM refusals`).run();
  passTime(61_000);
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

  await guess();
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
