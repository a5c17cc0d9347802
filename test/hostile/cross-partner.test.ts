import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ALL_DOORS, PARTNER_DOORS } from "../support/doors.ts";
import { graph } from "../support/graph-stub.ts";
import { callWith, giveKey, partnerWith } from "../support/keys.ts";
import { seedEndpoint } from "../support/registered-endpoints.ts";
import { asOperator, call, importNumber, newNumber, seedPartner } from "../support/seed.ts";
import { passTime, sendPath, stopClock, templateTo } from "../support/sends.ts";
import { senderOf } from "../support/storage.ts";
import { doorsAt, pathOf } from "../support/signups.ts";
import { stockUp, THEIR_CUSTOMER } from "./partner-stock.ts";
import type { Partner, TestNumber } from "../support/seed.ts";
import type { Stock } from "./partner-stock.ts";

/*
 * Invariant 8 at every door: a partner with a key for everything asks for what is another's, by every
 * id that it could have got hold of. A door that has no line here fails the first test.
 */

/** What the curious partner has itself. */
interface Own {
  number: TestNumber;
  endpoint: string;
}

type Try = [path: string, body?: unknown];
type Tries = (theirs: Stock, own: Own) => Try[];

/** A door below a sender: theirs, and something of theirs below one's own. */
const below =
  (rest: (theirs: Stock) => string, body?: unknown): Tries =>
  (theirs, own) => [
    [`/v1/senders/${theirs.number.id}${rest(theirs)}`, body],
    [`/v1/senders/${own.number.id}${rest(theirs)}`, body],
  ];
const ofEndpoint =
  (rest: (theirs: Stock) => string, body?: unknown): Tries =>
  (theirs, own) => [
    [`/v1/endpoints/${theirs.endpoint}${rest(theirs)}`, body],
    ...(rest(theirs) === ""
      ? []
      : ([[`/v1/endpoints/${own.endpoint}${rest(theirs)}`, body]] satisfies Try[])),
  ];
const ofSession =
  (rest: string, body?: unknown): Tries =>
  ({ session }) => [[`/v1/signup-sessions/${session}${rest}`, body]];
const graphNode =
  (rest: (theirs: Stock) => string, body?: unknown): Tries =>
  (theirs) => [
    [`/v24.0/${theirs.number.id}${rest(theirs)}`, body],
    [`/v24.0/${theirs.number.wabaId}${rest(theirs)}`, body],
    [`/v24.0/${theirs.upload}${rest(theirs)}`, body],
    [`/v24.0/${theirs.upload}${rest(theirs)}?phone_number_id=${theirs.number.id}`, body],
    [`/${theirs.number.id}${rest(theirs)}`, body],
  ];
const yesterday = () => new Date(Date.now() - 86_400_000).toISOString();
const none = () => "";
const lists =
  (name: string): Tries =>
  ({ number, cursors }, own) => [
    [`/v1/senders/${number.id}/${name}`],
    ...cursors.map((cursor): Try => [`/v1/senders/${own.number.id}/${name}?cursor=${cursor}`]),
  ];

const TRIES: Record<string, Tries> = {
  "GET /v1/senders": () => [["/v1/senders"]],
  "GET /v1/senders/:id": ({ number }) => [[`/v1/senders/${number.id}`]],
  "PATCH /v1/senders/:id": ({ number }) => [
    [`/v1/senders/${number.id}`, { messages_per_second: 5 }],
  ],
  "DELETE /v1/senders/:id": ({ number }) => [[`/v1/senders/${number.id}?confirm=${number.id}`]],
  "GET /v1/senders/:id/timeline": lists("timeline"),
  "GET /v1/senders/:id/sync": below(() => "/sync"),
  "GET /v1/senders/:id/sync/chunks": lists("sync/chunks"),
  "POST /v1/senders/:id/sync/redrive": ({ number }) => [[`/v1/senders/${number.id}/sync/redrive`]],
  "GET /v1/senders/:id/conversations": lists("conversations"),
  "GET /v1/senders/:id/messages": (theirs, own) => [
    ...lists("messages")(theirs, own),
    [`/v1/senders/${theirs.number.id}/messages?customer=${THEIR_CUSTOMER}`],
    [`/v1/senders/${own.number.id}/messages?customer=${THEIR_CUSTOMER}`],
  ],
  "GET /v1/senders/:id/messages/:message": below(({ message }) => `/messages/${message}`),
  "GET /v1/senders/:id/export": below(() => "/export"),
  "GET /v1/senders/:id/media/:wamid": below(({ picture }) => `/media/${picture}`),
  "POST /v1/senders/:id/media/:wamid/link": below(({ picture }) => `/media/${picture}/link`, {}),
  "DELETE /v1/senders/:id/media/:wamid": below(({ picture }) => `/media/${picture}`),
  "GET /v1/senders/:id/usage": below(() => "/usage"),
  "GET /v1/senders/:id/contacts": lists("contacts"),
  "GET /v1/senders/:id/windows/:customer": below(() => `/windows/${THEIR_CUSTOMER}`),
  "POST /v1/senders/:id/detach": ({ number }) => [[`/v1/senders/${number.id}/detach`]],
  "POST /v1/senders/:id/recheck": ({ number }) => [[`/v1/senders/${number.id}/recheck`]],
  "POST /v1/senders/:id/messages:batch": ({ number }) => [
    [`/v1/senders/${number.id}/messages:batch`, { messages: [templateTo()] }],
  ],
  "GET /v1/senders/:id/batches/:batch": below(({ batch }) => `/batches/${batch}`),
  "GET /v1/senders/:id/batches/:batch/sends": below(({ batch }) => `/batches/${batch}/sends`),
  "DELETE /v1/senders/:id/batches/:batch": below(({ batch }) => `/batches/${batch}`),
  "GET /v1/senders/:id/sends/:send": below(({ send }) => `/sends/${send}`),
  "DELETE /v1/senders/:id/sends/:send": below(({ send }) => `/sends/${send}`),
  "POST /v1/senders/:id/conversions": ({ number, message }, own) => [
    [`/v1/senders/${number.id}/conversions`, { name: "LeadSubmitted", customer: THEIR_CUSTOMER }],
    [
      `/v1/senders/${own.number.id}/conversions`,
      { name: "LeadSubmitted", customer: THEIR_CUSTOMER },
    ],
    [`/v1/senders/${own.number.id}/conversions`, { name: "LeadSubmitted", detected_in: message }],
  ],
  "GET /v1/senders/:id/conversions": lists("conversions"),
  "GET /v1/senders/:id/conversions/:conversion": below(
    ({ conversion }) => `/conversions/${conversion}`,
  ),
  "GET /v1/senders/:id/customers": lists("customers"),
  "GET /v1/senders/:id/customers/:customer": below(() => `/customers/${THEIR_CUSTOMER}`),
  "DELETE /v1/senders/:id/customers/:customer": ({ number }) => [
    [`/v1/senders/${number.id}/customers/${THEIR_CUSTOMER}`],
  ],
  "GET /v1/senders/:id/erasures/:erasure": below(({ erasure }) => `/erasures/${erasure}`),
  "GET /v1/senders/:id/notices": lists("notices"),

  "GET /v1/events": ({ number, cursors }) => [
    ["/v1/events"],
    [`/v1/events?sender=${number.id}`],
    ...cursors.map((cursor): Try => [`/v1/events?after=${cursor}`]),
  ],

  "GET /v1/endpoints": () => [["/v1/endpoints"]],
  "GET /v1/endpoints/:id": ofEndpoint(none),
  "GET /v1/endpoints/:id/deliveries": ({ endpoint, number, cursors }, own) => [
    [`/v1/endpoints/${endpoint}/deliveries`],
    [`/v1/endpoints/${own.endpoint}/deliveries?sender=${number.id}`],
    ...cursors.map((cursor): Try => [`/v1/endpoints/${own.endpoint}/deliveries?cursor=${cursor}`]),
  ],
  "GET /v1/endpoints/:id/deliveries/:event": ofEndpoint(({ event }) => `/deliveries/${event}`),
  "GET /v1/endpoints/:id/replays": ({ endpoint }) => [[`/v1/endpoints/${endpoint}/replays`]],
  "GET /v1/endpoints/:id/replays/:replay": ofEndpoint(({ replay }) => `/replays/${replay}`),
  "DELETE /v1/endpoints/:id/replays/:replay": ofEndpoint(({ replay }) => `/replays/${replay}`),
  "POST /v1/endpoints": ({ number }) => [
    ["/v1/endpoints", { url: "https://hooks.example.net/b", senders: [number.id] }],
  ],
  "PATCH /v1/endpoints/:id": ({ endpoint, number }, own) => [
    [`/v1/endpoints/${endpoint}`, { description: "taken over" }],
    [`/v1/endpoints/${own.endpoint}`, { senders: [number.id] }],
  ],
  "DELETE /v1/endpoints/:id": ofEndpoint(none),
  "POST /v1/endpoints/:id/rotate-secret": ({ endpoint }) => [
    [`/v1/endpoints/${endpoint}/rotate-secret`, {}],
  ],
  "POST /v1/endpoints/:id/test": ({ endpoint }) => [[`/v1/endpoints/${endpoint}/test`, {}]],
  "POST /v1/endpoints/:id/deliveries/:event/retry": ofEndpoint(
    ({ event }) => `/deliveries/${event}/retry`,
  ),
  "POST /v1/endpoints/:id/replays": ({ endpoint, number }, own) => [
    [`/v1/endpoints/${endpoint}/replays`, { since: yesterday() }],
    [`/v1/endpoints/${own.endpoint}/replays`, { since: yesterday(), senders: [number.id] }],
  ],

  "GET /v1/keys": () => [["/v1/keys"]],
  "POST /v1/keys": ({ number }) => [
    ["/v1/keys", { name: "for theirs", scopes: ["read"], senders: [number.id] }],
  ],
  "PATCH /v1/keys/:key": ({ key }) => [[`/v1/keys/${key}`, { name: "taken over" }]],
  "POST /v1/keys/:key/rotate": ({ key }) => [[`/v1/keys/${key}/rotate`, {}]],
  "DELETE /v1/keys/:key": ({ key }) => [[`/v1/keys/${key}`]],

  "GET /v1/signup-sessions": ({ cursors }) => [
    ["/v1/signup-sessions"],
    ...cursors.map((cursor): Try => [`/v1/signup-sessions?cursor=${cursor}`]),
  ],
  "GET /v1/signup-sessions/:id": ofSession(""),
  "POST /v1/signup-sessions": ({ number }) => [
    ["/v1/signup-sessions", { kind: "reauthorise", phone_number_id: number.id }],
  ],
  "DELETE /v1/signup-sessions/:id": ofSession(""),
  "POST /v1/signup-sessions/:id/finish": ofSession("/finish", { code: "code-of-mine" }),
  "POST /v1/signup-sessions/:id/resume": ofSession("/resume"),
  "POST /v1/signup-sessions/:id/confirm": ofSession("/confirm", { timezone: "Europe/Berlin" }),

  "POST /:version/:phoneNumberId/messages": (theirs) => [
    [sendPath(theirs.number), templateTo()],
    [sendPath(theirs.number), { messaging_product: "whatsapp", status: "read", message_id: "x" }],
  ],
  "POST /:version/:id/media": graphNode(() => "/media", {}),
  "GET /:version/:id/download": graphNode(() => "/download"),
  "DELETE /:version/:id": graphNode(none),
  "GET /:version/:id": graphNode(none),
  "GET /:version/:id/phone_numbers": graphNode(() => "/phone_numbers"),
  "GET /:version/:id/message_templates": graphNode(() => "/message_templates"),
  "POST /:version/:id/message_templates": graphNode(() => "/message_templates", { name: "x" }),
  "DELETE /:version/:id/message_templates": graphNode(() => "/message_templates"),
  "POST /:version/:id/thread_control": graphNode(() => "/thread_control", { type: "take" }),
  "POST /:version/:id/:edge": graphNode(() => "/register", { pin: "123456" }),
};

let theirs: Stock;
let own: Own;
let curious: Partner;

beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  theirs = await stockUp();
  curious = await seedPartner();
  const number = newNumber();
  await importNumber(curious, number);
  own = { number, endpoint: (await seedEndpoint(curious)).id };
});

afterEach(() => vi.useRealTimers());

/** What of their things an answer tells that the question did not have already. */
function leaks(answer: string, path: string, body: unknown, secrets = theirs.secrets): string[] {
  const asked = `${decodeURIComponent(path)} ${JSON.stringify(body ?? "")}`;
  return secrets.filter((secret) => answer.includes(secret) && !asked.includes(secret));
}

/** Everything that is stored about them, but for what using a key leaves. */
async function readTheirs(): Promise<string[]> {
  const { key } = await senderOf(theirs.number);
  const mark = [theirs.partner.id, theirs.number.id, theirs.number.wabaId, theirs.session];
  const rows: string[] = [];
  const add = (table: string, found: Record<string, unknown>[]) => {
    for (const { last_used_at: _used, ...row } of found) {
      const text = JSON.stringify(row);
      const isOfTheirs = row["sender"] === key || mark.some((id) => text.includes(id));
      if (isOfTheirs || !table.startsWith("DB")) rows.push(`${table} ${text}`);
    }
  };
  for (const [name, database] of [
    ["DB", env.DB],
    ["DB_1", env.DB_1],
  ] as const) {
    for (const table of await tablesOf((sql) => database.prepare(sql).all().then(resultsOf))) {
      add(
        `${name}.${table}`,
        await database.prepare(`SELECT * FROM ${table}`).all().then(resultsOf),
      );
    }
  }
  const objects = [env.PHONE.getByName(theirs.number.id), env.ENDPOINT.getByName(theirs.endpoint)];
  for (const [at, stub] of objects.entries()) {
    const dump = await runInDurableObject(stub as DurableObjectStub, async (_object, state) => {
      const read = (sql: string) =>
        Promise.resolve(state.storage.sql.exec<Record<string, SqlStorageValue>>(sql).toArray());
      const found: [string, Record<string, unknown>[]][] = [];
      for (const table of await tablesOf(read)) {
        found.push([table, await read(`SELECT * FROM ${table}`)]);
      }
      return found;
    });
    for (const [table, found] of dump) add(`object ${at}.${table}`, found);
  }
  return rows.toSorted();
}

const resultsOf = ({ results }: D1Result) => results as Record<string, unknown>[];

async function tablesOf(
  read: (sql: string) => Promise<Record<string, unknown>[]>,
): Promise<string[]> {
  const rows = await read(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
       AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'd1_%'`,
  );
  return rows.map(({ name }) => String(name));
}

/** Tries every door with a key. @returns what came out that should not have */
async function tryAll(
  key: string,
  doors: readonly string[],
  options: { secrets?: string[]; allowed: (status: number, door: string) => boolean },
): Promise<string[]> {
  const wrong: string[] = [];
  for (const door of doors) {
    const [method = ""] = door.split(" ");
    for (const [path, body] of TRIES[door]?.(theirs, own) ?? []) {
      const response = await callWith(key, method, path, body);
      const text = await response.text();
      const told = leaks(text, path, body, options.secrets);
      if (told.length > 0) wrong.push(`${method} ${path} told ${told.join(", ")}`);
      if (!options.allowed(response.status, door)) {
        wrong.push(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
      }
    }
  }
  return wrong;
}

/** Doors whose answer can be the caller's own, whatever it asks for. */
const OWN_ANSWER = /^GET .*\/(senders|events|endpoints|keys|signup-sessions)$/;

it("every door of partners is tried", () => {
  expect(PARTNER_DOORS.filter((door) => TRIES[door] === undefined)).toEqual([]);
  expect(Object.keys(TRIES).filter((door) => !PARTNER_DOORS.includes(door))).toEqual([]);
});

describe("another partner", () => {
  it("reads and changes nothing of theirs at any door", async () => {
    const before = await readTheirs();
    expect(before.length).toBeGreaterThan(20);
    graph.requests.length = 0;
    const wrong = await tryAll(curious.key, PARTNER_DOORS, {
      // Below a sender of one's own an empty answer is right; the next test holds it to that.
      allowed: (status, door) =>
        status < 500 && (status >= 400 || OWN_ANSWER.test(door) || door.includes("/:id")),
    });
    expect(wrong).toEqual([]);
    expect(await readTheirs()).toEqual(before);
    const token = `Bearer token-of-${theirs.number.id}`;
    expect(graph.requests.filter(({ authorization }) => authorization === token)).toEqual([]);
  });

  it("hears of their sender what it would hear of nobody's", async () => {
    const differing: string[] = [];
    for (const door of PARTNER_DOORS.filter((each) => each.includes("/v1/senders/:id"))) {
      const [method = ""] = door.split(" ");
      for (const [path, body] of TRIES[door]?.(theirs, own) ?? []) {
        if (!path.includes(theirs.number.id)) continue;
        const nobodys = path.replace(theirs.number.id, "318888888888888");
        const answers = await Promise.all(
          [path, nobodys].map(async (each) => {
            const response = await callWith(curious.key, method, each, body);
            const { request_id: _id, ...said } = await response.json<Record<string, unknown>>();
            return [response.status, said];
          }),
        );
        if (JSON.stringify(answers[0]) !== JSON.stringify(answers[1])) differing.push(door);
        if (![404, 400].includes(Number(answers[0]?.[0]))) differing.push(`${door}: was let in`);
      }
    }
    expect(differing).toEqual([]);
  });

  it("may use the same Idempotency-Key, and gets an answer of its own", async () => {
    const sent = await curious.post(sendPath(own.number), templateTo(), {
      "idempotency-key": theirs.idempotencyKey,
    });
    expect(sent.status).toBe(200);
    expect(leaks(await sent.text(), "", "")).toEqual([]);
    expect(sent.headers.get("tandem-send-id")).not.toBe(theirs.send);
    const told = await curious.post(
      `/v1/endpoints/${own.endpoint}/replays`,
      { since: yesterday() },
      { "idempotency-key": theirs.idempotencyKey },
    );
    expect(leaks(await told.text(), "", "")).toEqual([]);
  });

  it("opens no file with a link that is not whole", async () => {
    const [token = ""] = theirs.link.split("/").slice(-1);
    expect((await call(theirs.link)).status).toBe(200);
    const last = token.at(-1) === "A" ? "B" : "A";
    for (const forged of [`${token.slice(0, -1)}${last}`, token.slice(1), `${token}.${token}`]) {
      const response = await call(`/media/${forged}`);
      expect([403, 404, 410]).toContain(response.status);
    }
  });
});

describe("a key of their own", () => {
  it("for another of their senders reads nothing of this one at any door", async () => {
    const second = newNumber();
    await importNumber(theirs.partner, second);
    const narrow = await partnerWith(theirs.partner, { senders: [second.id] });
    const before = await readTheirs();
    const ofTheWhole = new Set([theirs.partner.id, theirs.key]);
    const wrong = await tryAll(narrow.key, PARTNER_DOORS, {
      secrets: theirs.secrets.filter((secret) => !ofTheWhole.has(secret)),
      allowed: (status, door) =>
        status < 500 && (status >= 400 || OWN_ANSWER.test(door) || door.includes("/:id")),
    });
    expect(wrong).toEqual([]);
    expect(await readTheirs()).toEqual(before);
  });

  it("that was revoked opens no door", async () => {
    const { id, key } = await giveKey(theirs.partner, { name: "was lost" });
    const path = `/v1/admin/partners/${theirs.partner.id}/keys/${id}`;
    const headers = { authorization: "Bearer test-operator-token" };
    expect((await call(path, { method: "DELETE", headers })).status).toBe(204);
    const before = await readTheirs();
    const allowed = (status: number) => status === 401;
    expect(await tryAll(key, PARTNER_DOORS, { allowed })).toEqual([]);
    expect(await readTheirs()).toEqual(before);
  });

  it("that is over opens no door", async () => {
    stopClock();
    const expires_at = new Date(Date.now() + 60_000).toISOString();
    const { key } = await giveKey(theirs.partner, { name: "of a trial", expires_at });
    expect((await callWith(key, "GET", "/v1/senders")).status).toBe(200);
    passTime(60_000);
    const allowed = (status: number) => status === 401;
    expect(await tryAll(key, PARTNER_DOORS, { allowed })).toEqual([]);
  });
});

describe("the doors of operators and of partners", () => {
  const ofOperators = ALL_DOORS.filter((door) => door.includes(" /v1/admin/"));
  const fill = (door: string) =>
    door
      .replace(/^\S+ /, "")
      .replace(":id", theirs.partner.id)
      .replaceAll(/:[a-zA-Z]+/g, theirs.key);

  it("do not open to each other's keys", async () => {
    expect(ofOperators.length).toBeGreaterThan(8);
    const before = await readTheirs();
    const wrong: string[] = [];
    for (const door of ofOperators) {
      const [method = ""] = door.split(" ");
      for (const key of [curious.key, theirs.partner.key, "", "test-operator-token2"]) {
        const response = await callWith(key, method, fill(door), {});
        if (response.status !== 401) wrong.push(`${door}: ${response.status}`);
      }
    }
    expect(wrong).toEqual([]);
    const allowed = (status: number) => status === 401;
    expect(await tryAll("test-operator-token", PARTNER_DOORS, { allowed })).toEqual([]);
    expect(await readTheirs()).toEqual(before);
  });

  it("of the console take no key at all", async () => {
    const wrong: string[] = [];
    for (const door of ALL_DOORS.filter((each) => / \/console(\/|$)/.test(each))) {
      const [method = ""] = door.split(" ");
      if (door.endsWith("/sign-in") || door.endsWith("/sign-out")) continue;
      for (const token of [curious.key, theirs.partner.key, "test-operator-token"]) {
        const response = await call(fill(door), {
          method,
          redirect: "manual",
          headers: { authorization: `Bearer ${token}`, origin: "https://gateway.test" },
        });
        const isShut = response.headers.get("location") === "/console/sign-in";
        if (!isShut && response.status !== 401) wrong.push(`${door}: ${response.status}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe("an owner's link", () => {
  it("is the key: one that differs in a character opens nothing, whatever door is tried", async () => {
    const path = pathOf(theirs.session);
    expect((await call(path)).status).toBe(200);
    const wrong: string[] = [];
    const doors = ALL_DOORS.filter((each) => each.includes(" /connect/:id"));
    expect(doors.length).toBeGreaterThan(4);
    for (const at of [path.length - 1, path.length - 20, "/connect/signup_".length]) {
      const other = path[at] === "a" ? "b" : "a";
      const forged = `${path.slice(0, at)}${other}${path.slice(at + 1)}`;
      for (const door of doors) {
        const [method = "", pattern = ""] = door.split(" ");
        const { at: doorsPath, key } = doorsAt(forged);
        const isPage = pattern === "/connect/:id";
        const response = await call(pattern.replace("/connect/:id", isPage ? forged : doorsPath), {
          method,
          headers: { origin: "https://gateway.test", "content-type": "application/json", ...key },
          ...(method === "GET" ? {} : { body: "{}" }),
        });
        const text = await response.text();
        if (![400, 404, 410].includes(response.status)) wrong.push(`${door}: ${response.status}`);
        wrong.push(...leaks(text, "", "").map((secret) => `${door} told ${secret}`));
      }
    }
    expect(wrong).toEqual([]);
  });

  it("tells nothing of the partner's other things", async () => {
    const page = await (await call(pathOf(theirs.session))).text();
    const known = new Set([theirs.session]);
    expect(leaks(page, "", "").filter((secret) => !known.has(secret))).toEqual([]);
    const audit = await asOperator(`/v1/admin/partners/${theirs.partner.id}/keys`);
    expect(await audit.text()).not.toContain(theirs.partner.key);
  });
});
