import { beforeEach, describe, expect, it } from "vitest";
import { SCOPES } from "../../src/database/api-keys.ts";
import { SCOPE_RULES } from "../../src/routes/scopes.ts";
import { PARTNER_DOORS as DOORS } from "../support/doors.ts";
import { graph } from "../support/graph-stub.ts";
import { callWith, partnerWith } from "../support/keys.ts";
import { deliver, importNumber, newNumber, seedPartner, seedSender } from "../support/seed.ts";
import { openSession } from "../support/signups.ts";
import { inbound, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

/** How a door is called. `id` stands for the sender, number, account or file. */
function addressOf(door: string, id: string) {
  const [method = "", pattern = ""] = door.split(" ");
  const parts: Record<string, string> = {
    ":version": "v24.0",
    ":id": id,
    ":phoneNumberId": id,
    ":edge": "register",
    ":customer": "15550177001",
  };
  const path = pattern.replaceAll(/(?<=\/):[a-zA-Z]+/g, (name) => parts[name] ?? "none");
  return { method, path, body: method === "GET" ? undefined : {} };
}

/** Whether an answer says that the key lacks a scope, in either surface's shape. */
async function lacksScope(response: Response): Promise<string | null> {
  if (response.status !== 403) return null;
  const body = await response.json<{
    reason?: string;
    detail?: string;
    error?: { code: number; error_data: { details: string } };
  }>();
  const said = body.error?.code === 10 ? body.error.error_data.details : body.detail;
  return /takes a key with the scope (\w+)/.exec(said ?? "")?.[1] ?? null;
}

it("every door that takes a partner's key has a line in the table", () => {
  expect(DOORS.length).toBeGreaterThan(40);
  expect(DOORS.filter((door) => !SCOPE_RULES.has(door))).toEqual([]);
});

describe.each(SCOPES)("a key that may only %s", (scope) => {
  let partner: Partner;

  beforeEach(async () => {
    partner = await partnerWith(await seedPartner(), { scopes: [scope] });
  });

  it.each(DOORS)("is let in or refused at %s as the table says", async (door) => {
    const { method, path, body } = addressOf(door, "31000000009999");
    const response = await callWith(partner.key, method, path, body);
    const needed = SCOPE_RULES.get(door)?.scope;
    expect(response.status).not.toBe(401);
    expect(await lacksScope(response)).toBe(needed === scope ? null : needed);
  });
});

it("looking at a door takes the scope of reading it", async () => {
  const partner = await seedPartner();
  const [reads, sends] = [
    await partnerWith(partner, { scopes: ["read"] }),
    await partnerWith(partner, { scopes: ["send"] }),
  ];
  expect((await callWith(reads.key, "HEAD", "/v1/senders")).status).toBe(200);
  expect((await callWith(sends.key, "HEAD", "/v1/senders")).status).toBe(403);
});

it("a path that nobody serves is said to be unknown, whatever the key may", async () => {
  const sends = await partnerWith(await seedPartner(), { scopes: ["send"] });
  expect((await callWith(sends.key, "PUT", "/v24.0/1/flows", {})).status).toBe(404);
  expect((await callWith(sends.key, "POST", "/v1/senders/1/nothing", {})).status).toBe(404);
});

describe("a key for some senders", () => {
  let owner: Partner;
  let partner: Partner;
  let own: TestNumber;
  let other: TestNumber;

  beforeEach(async () => {
    ({ partner: owner, number: own } = await seedSender());
    other = newNumber();
    await importNumber(owner, other);
    partner = await partnerWith(owner, { senders: [own.id] });
  });

  // A door for the whole partner refuses the key, whatever it is asked about.
  const OF_SENDERS = DOORS.filter(
    (door) => / \/v1\/senders\/:id/.test(door) && SCOPE_RULES.get(door)?.wholePartner !== true,
  );
  const OF_GRAPH = DOORS.filter((door) => door.includes("/:version/"));
  const OF_ALL = DOORS.filter((door) => SCOPE_RULES.get(door)?.wholePartner === true);

  it.each(OF_SENDERS)("finds nothing at %s of another sender", async (door) => {
    const { method, path, body } = addressOf(door, other.id);
    const response = await callWith(partner.key, method, path, body);
    const unknown = await callWith(partner.key, method, path.replace(other.id, "319"), body);
    expect(response.status).toBe(unknown.status);
    expect(await response.json()).toEqual({
      ...(await unknown.json<object>()),
      request_id: expect.any(String),
    });
    // Only a body that is faulty before the sender is looked at may be told first.
    expect([404, 400]).toContain(response.status);
  });

  it("reaches its own", async () => {
    expect((await partner.get(`/v1/senders/${own.id}`)).status).toBe(200);
    expect((await partner.get(`/v1/senders/${other.id}`)).status).toBe(404);
    expect((await owner.get(`/v1/senders/${other.id}`)).status).toBe(200);
  });

  it.each(OF_GRAPH)(
    "finds nothing at %s of another number, and Meta is not asked",
    async (door) => {
      const { method, path, body } = addressOf(door, other.id);
      const named = path.endsWith("/download") ? `${path}?phone_number_id=${other.id}` : path;
      const about = (request: { path: string; authorization: string | null }) =>
        request.path.includes(other.id) && request.authorization === `Bearer token-of-${other.id}`;
      const response = await callWith(partner.key, method, named, body);
      expect(await response.json()).toMatchObject({ error: { code: 100 } });
      expect(graph.requests.filter(about)).toEqual([]);
    },
  );

  it("finds no file with another number's token", async () => {
    await callWith(partner.key, "GET", "/v24.0/777000111");
    await callWith(partner.key, "GET", `/v24.0/777000111?phone_number_id=${other.id}`);
    await callWith(partner.key, "DELETE", "/v24.0/777000111");
    const asked = new Set(graph.requests.map(({ authorization }) => authorization));
    expect([...asked]).toEqual([`Bearer token-of-${own.id}`]);
  });

  it.each(OF_ALL)("is refused at %s, which concerns the whole partner", async (door) => {
    const { method, path, body } = addressOf(door, "none");
    const response = await callWith(partner.key, method, path, body);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "forbidden", reason: "senders" });
  });

  it("lists its senders, their events and their signups alone", async () => {
    await deliver(own, inbound(own, textMessage()));
    await deliver(other, inbound(other, textMessage()));
    await openSession(owner);
    const again = await openSession(owner, { kind: "reauthorise", phone_number_id: own.id });
    const theirs = await openSession(owner, { kind: "reauthorise", phone_number_id: other.id });

    const list = async (path: string) =>
      (await partner.read<{ data: { id: string }[] }>(path)).data.map(({ id }) => id);
    expect(await list("/v1/senders")).toEqual([own.id]);
    expect(await list("/v1/signup-sessions")).toEqual([again]);
    expect((await partner.get(`/v1/signup-sessions/${theirs}`)).status).toBe(404);
    const events = await partner.events();
    expect(events.map(({ type }) => type)).toContain("message.received");
    expect(new Set(events.map(({ sender_id }) => sender_id))).toEqual(new Set([own.id]));
    expect(await partner.events(other.id)).toEqual([]);
  });

  it("sees of an account its own numbers, and changes nothing that others share", async () => {
    const beside = { ...newNumber(), wabaId: own.wabaId };
    await importNumber(owner, beside);
    graph.respond(({ path }) =>
      path.endsWith("/phone_numbers")
        ? Response.json({ data: [{ id: own.id }, { id: beside.id }] })
        : Response.json({ id: "1", status: "PENDING", category: "UTILITY" }),
    );
    expect(await partner.read(`/v24.0/${own.wabaId}/phone_numbers`)).toEqual({
      data: [{ id: own.id }],
    });
    const templates = `/v24.0/${own.wabaId}/message_templates`;
    expect((await partner.get(templates)).status).toBe(200);
    const refused = await partner.post(templates, { name: "receipt" });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { code: 10 } });
    expect(graph.requests.some(({ method }) => method === "POST")).toBe(false);

    const both = await partnerWith(owner, { senders: [own.id, beside.id] });
    expect((await both.post(templates, { name: "receipt" })).status).toBe(200);
  });
});
