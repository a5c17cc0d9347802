import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { EVENT_TYPE_NAMES } from "../../src/events/type-names.ts";
import {
  call,
  deliver,
  importNumber,
  newNumber,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { inbound, newWamid, statuses, textMessage, webhook } from "../support/webhooks.ts";

const types = (events: { type: string }[]) => events.map(({ type }) => type);

async function seedTwo() {
  const partner = await seedPartner();
  const [one, other] = [newNumber(), newNumber()];
  for (const number of [one, other]) {
    await importNumber(partner, number);
    await deliver(number, inbound(number, textMessage()));
    await deliver(number, statuses(number, { id: newWamid("out"), status: "sent" }));
  }
  return { partner, one, other };
}

describe("GET /v1/events", () => {
  it("filters by type, with commas, repeated, or both", async () => {
    const { partner } = await seedTwo();
    const some = await partner.page("types=message.status,sender.connected");
    expect(types(some.data).toSorted()).toEqual([
      "message.status",
      "message.status",
      "sender.connected",
      "sender.connected",
    ]);
    const repeated = await partner.page("types=message.status&types=message.received,");
    expect(new Set(types(repeated.data))).toEqual(new Set(["message.status", "message.received"]));
    expect(repeated.data).toHaveLength(4);
  });

  it("names the types that there are not", async () => {
    const partner = await seedPartner();
    const response = await partner.get(
      "/v1/events?types=message.status,message.sent,sender.conected",
    );
    expect(response.status).toBe(400);
    const problem = await response.json<{ detail: string; field: string }>();
    expect(problem.field).toBe("types");
    expect(problem.detail).toContain("message.sent, sender.conected");
    expect(problem.detail).not.toContain("message.status");
  });

  it("filters by sender, one or several", async () => {
    const { partner, one, other } = await seedTwo();
    const of = async (query: string) =>
      new Set((await partner.page(query)).data.map(({ sender_id: sender }) => sender));
    expect(await of(`sender=${one.id}`)).toEqual(new Set([one.id]));
    expect(await of(`sender=${one.id},${other.id}`)).toEqual(new Set([one.id, other.id]));
    expect(await of(`sender=${one.id}&sender=${other.id}`)).toEqual(new Set([one.id, other.id]));
    expect(await of(`sender=999`)).toEqual(new Set());
  });

  it("moves the cursor past what was filtered out", async () => {
    const { partner, one } = await seedTwo();
    const nothing = await partner.page(`types=media.stored&sender=${one.id}`);
    expect(nothing).toMatchObject({ data: [], has_more: false });
    expect((await partner.page(`after=${nothing.next_cursor}`)).data).toEqual([]);
  });

  it("begins at the present end with after=now, and says nothing of before", async () => {
    const { partner, one, other } = await seedTwo();
    const now = await partner.page("after=now");
    expect(now).toMatchObject({ data: [], has_more: false });
    await deliver(other, inbound(other, textMessage()));
    await deliver(one, inbound(one, textMessage()));
    const since = await partner.page(`after=${now.next_cursor}`);
    expect(since.data.map((event) => event.sender_id).toSorted()).toEqual(
      [one.id, other.id].toSorted(),
    );
  });

  it("says if there is more, and pages to the end without a repeat", async () => {
    const { partner } = await seedTwo();
    const seen: string[] = [];
    let after = "";
    let hasMore = true;
    while (hasMore) {
      const page = await partner.page(`limit=1&after=${after}`);
      expect(page.data).toHaveLength(1);
      seen.push(...page.data.map(({ id }) => id));
      after = page.next_cursor;
      hasMore = page.has_more;
    }
    expect(new Set(seen).size).toBe(6);
    expect(seen).toHaveLength(6);
  });

  it.each([
    "garbage",
    "bm90IGpzb24",
    "eyJEQiI6MX0",
    "eyJ2IjoyLCJhdCI6e319",
    "eyJ2IjoxLCJhdCI6eyJEQiI6LTF9fQ",
  ])("refuses %s, which is no cursor of this version, naming the field", async (after) => {
    const partner = await seedPartner();
    const response = await partner.get(`/v1/events?after=${after}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_request", field: "after" });
  });

  it.each(["wait=26", "wait=-1", "wait=soon", "limit=0", "limit=501"])(
    "refuses %s, naming the field",
    async (query) => {
      const partner = await seedPartner();
      const response = await partner.get(`/v1/events?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ field: query.split("=", 1)[0] });
    },
  );

  it("waits for an event and answers with it when it comes", async () => {
    const { partner, number } = await seedSender();
    const { next_cursor: after } = await partner.page("after=now");
    const [page] = await Promise.all([
      partner.page(`after=${after}&wait=20`),
      services()
        .sleep(400)
        .then(() => webhook(inbound(number, textMessage()))),
    ]);
    expect(types(page.data)).toEqual(["message.received"]);
  });

  it("stops waiting when the caller hangs up", async () => {
    const { partner } = await seedSender();
    const caller = new AbortController();
    const request = new Request("https://gateway.test/v1/events?after=now&wait=25", {
      headers: { authorization: `Bearer ${partner.key}` },
      signal: caller.signal,
    });
    const startedAt = Date.now();
    const answer = app.fetch(request, env, createExecutionContext());
    await services().sleep(300);
    caller.abort();
    expect((await answer).status).toBe(200);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });

  it("answers with nothing when the wait is over", async () => {
    const { partner } = await seedSender();
    const startedAt = Date.now();
    const page = await partner.page("after=now&wait=1");
    expect(page).toMatchObject({ data: [], has_more: false });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(900);
  });
});

describe("GET /v1/event-types", () => {
  it("lists every type with its schema, to anybody", async () => {
    const response = await call("/v1/event-types");
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toContain("public");
    const { data } = await response.json<{ data: { type: string; schema: object }[] }>();
    expect(data.map(({ type }) => type)).toEqual([...EVENT_TYPE_NAMES]);
    for (const { schema } of data) expect(schema).toHaveProperty("properties.data");
  });

  it("gives one of them, and names where to look for one that is not", async () => {
    const one = await (await call("/v1/event-types/media.stored")).json();
    expect(one).toMatchObject({
      type: "media.stored",
      version: 1,
      in_cloud_api_format: false,
      schema: { properties: { type: { const: "media.stored" } } },
    });
    const none = await call("/v1/event-types/media.lost");
    expect(none.status).toBe(404);
    expect(await none.json()).toMatchObject({
      code: "not_found",
      detail: expect.stringContaining("media.lost") as string,
    });
  });
});
