import { env } from "cloudflare:workers";
import { beforeEach, expect, it, vi } from "vitest";
import { giveKey } from "../support/keys.ts";
import { graph } from "../support/graph-stub.ts";
import { asOperator, call, importNumber, newNumber, seedSender } from "../support/seed.ts";
import { HostileRequests } from "./hostile-requests.ts";
import { stockUp, THEIR_CUSTOMER } from "./partner-stock.ts";
import type { ApiDocument, Caller, HostileRequest } from "./hostile-requests.ts";

/*
 * Every door of the OpenAPI document, called with what its schemas allow and with what they do not.
 * `call` holds each answer to the document, and what was taken to what it says one may send. The long
 * form is `npm run fuzz -- --api N`.
 */

const SEEDS = [31, 32];
const ROUNDS = 5;
const TIMEOUT_MS = 90_000;

/** What only somebody inside should ever read. */
const INSIDES = /SQLITE|D1_ERROR|TypeError|RangeError|\.tsx?:\d|node_modules|token-of-/;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

it.each(SEEDS)(
  "calls of seed %i are answered as documented, and never break the gateway",
  async (seed) => {
    const stock = await stockUp();
    const spare = newNumber();
    await importNumber(stock.partner, spare);
    const reads = await giveKey(stock.partner, { name: "reads", scopes: ["read"] });
    const narrow = await giveKey(stock.partner, { name: "narrow", senders: [spare.id] });
    const keys: Record<Caller, string | null> = {
      whole: stock.partner.key,
      reads: reads.key,
      narrow: narrow.key,
      wrong: "tdm_abcdefgh_ijklmnop",
      none: null,
    };
    const file = await env.ASSETS.fetch("https://gateway.test/openapi.json");
    const maker = new HostileRequests({
      document: await file.json<ApiDocument>(),
      ids: {
        sender: [stock.number.id, spare.id],
        phoneNumberId: [stock.number.id],
        phone_number_id: [stock.number.id],
        endpoints: [stock.endpoint],
        "signup-sessions": [stock.session],
        "admin/partners": [stock.partner.id],
        partner: [stock.partner.id],
        key: [stock.key],
        event: [stock.event],
        replay: [stock.replay],
        batch: [stock.batch],
        send: [stock.send],
        conversion: [stock.conversion],
        erasure: [stock.erasure],
        customer: [THEIR_CUSTOMER],
        to: [THEIR_CUSTOMER],
        message: [stock.message],
        wamid: [stock.picture],
        cursor: stock.cursors,
        after: stock.cursors,
        type: ["message.received"],
        edge: ["register", "deregister"],
        timezone: ["Europe/Berlin"],
      },
      seed,
    });
    const wrong: string[] = [];
    for (let n = 0; n < ROUNDS * maker.doors; n += 1) {
      const request = maker.make(n);
      const said = await complaintOf(request, keys);
      if (said !== null)
        wrong.push(`${request.recipe}\n  ${request.method} ${request.path}: ${said}`);
    }
    expect(wrong).toEqual([]);
    expect((await stock.partner.get(`/v1/senders/${stock.number.id}`)).status).toBe(200);
    expect((await asOperator("/v1/admin/unrouted")).status).toBe(200);
  },
  TIMEOUT_MS,
);

/** What is wrong with the answer to a request; null for nothing. */
async function complaintOf(
  request: HostileRequest,
  keys: Record<Caller, string | null>,
): Promise<string | null> {
  const isOperator = request.isOperators && request.caller !== "wrong" && request.caller !== "none";
  const key = isOperator ? "test-operator-token" : keys[request.caller];
  try {
    const response = await call(request.path, {
      method: request.method,
      headers: { ...request.headers, ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
      ...(request.body === null ? {} : { body: request.body }),
    });
    const text = await response.text();
    // Another of these calls may have begun to move the sender: then writing waits, and it is said.
    const isMoving = response.status === 503 && /"reason":"moving"/.test(text);
    if (response.status >= 500 && !isMoving) return `${response.status} ${text}`;
    if (INSIDES.test(text)) return `tells of its insides: ${text.slice(0, 300)}`;
    const isPublic = /^\/v1\/(features|event-types)/.test(request.path);
    const isStranger = request.caller === "wrong" || request.caller === "none";
    if (isStranger && !isPublic && response.status < 400) return `let a stranger in: ${text}`;
    return null;
  } catch (err) {
    return err instanceof Error ? err.message.slice(0, 600) : String(err);
  }
}

it("what answers in Graph's place is not handed on: a proxy's words are in no SDK's shape", async () => {
  const { partner, number } = await seedSender();
  graph.respond(() =>
    Response.json({ name: "BadGateway", stack: "at proxy.js:1" }, { status: 503 }),
  );
  const response = await partner.get(`/v24.0/${number.wabaId}/message_templates`);
  expect(response.status).toBe(502);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ error: { code: 131000, is_transient: true } });
  expect(text).not.toContain("proxy.js");
});
