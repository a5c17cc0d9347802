import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Endpoint } from "../../src/durable/endpoint.ts";
import { sweepEndpoints } from "../../src/operations/sweep-endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { readRow, seedEndpoint } from "../support/registered-endpoints.ts";
import { deliver, seedPartner, seedSender, services } from "../support/seed.ts";
import { CUSTOMER, historyChunk, inbound, textMessage, webhook } from "../support/webhooks.ts";
import type { EndpointConfig } from "../../src/durable/endpoint-types.ts";
import type { TestNumber } from "../support/seed.ts";

/** What endpoints were rung: one entry a ring, the shard. */
let rings: string[] = [];

beforeEach(() => {
  rings = [];
  vi.spyOn(Endpoint.prototype, "ring").mockImplementation((shard) => void rings.push(shard));
});

afterEach(() => vi.restoreAllMocks());

async function shardOf(number: TestNumber): Promise<string> {
  const row = await services()
    .registry.prepare(`SELECT shard FROM senders WHERE phone_number_id = ?`)
    .bind(number.id)
    .first<{ shard: string }>();
  return row?.shard ?? "";
}

/** Rings are not waited for by what rings. */
const rung = (count: number) => eventually(() => expect(rings).toHaveLength(count));
const quiet = () => new Promise((resolve) => setTimeout(resolve, 100));

describe("a partner's endpoints", () => {
  it("are rung once for each flush that told something, with the sender's shard", async () => {
    const { partner, number } = await seedSender();
    await seedEndpoint(partner);
    await seedEndpoint(partner);
    rings = [];
    await deliver(number, inbound(number, textMessage(), textMessage(), textMessage()));
    await rung(2);
    const shard = await shardOf(number);
    expect(rings).toEqual([shard, shard]);
  });

  it("are not rung for what is known, nor for what is silent", async () => {
    const { partner, number } = await seedSender();
    const message = inbound(number, textMessage());
    await deliver(number, message);
    await seedEndpoint(partner);
    rings = [];
    await deliver(number, message);
    await quiet();
    expect(rings).toEqual([]);
  });

  it("are rung again for the next webhook: what an isolate knows of them is not kept too long", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, inbound(number, textMessage()));
    // Known as having none; the new one must be heard of at once in the isolate that made it.
    await seedEndpoint(partner);
    rings = [];
    await deliver(number, inbound(number, textMessage()));
    await rung(1);
  });

  it("that are paused, disabled or deleted are not rung", async () => {
    const { partner, number } = await seedSender();
    const [paused, disabled, deleted] = [
      await seedEndpoint(partner),
      await seedEndpoint(partner),
      await seedEndpoint(partner),
    ];
    await partner.call("PATCH", `/v1/endpoints/${paused.id}`, { state: "paused" });
    await partner.call("PATCH", `/v1/endpoints/${disabled.id}`, { state: "disabled" });
    await partner.call("DELETE", `/v1/endpoints/${deleted.id}`);
    rings = [];
    await deliver(number, inbound(number, textMessage()));
    await quiet();
    await sweepEndpoints(services());
    expect(rings).toEqual([]);
  });

  it("of another partner are not rung", async () => {
    const { number } = await seedSender();
    await seedEndpoint(await seedPartner());
    rings = [];
    await deliver(number, inbound(number, textMessage()));
    await quiet();
    expect(rings).toEqual([]);
  });

  it("that do not answer their ring stop neither the flush nor the others", async () => {
    const { partner, number } = await seedSender();
    await seedEndpoint(partner);
    await seedEndpoint(partner);
    let calls = 0;
    vi.spyOn(Endpoint.prototype, "ring").mockImplementation((shard) => {
      calls += 1;
      if (calls === 1) throw new Error("away");
      rings.push(shard);
    });
    await deliver(number, inbound(number, textMessage()));
    await rung(1);
    expect(await partner.events(number.id)).toHaveLength(2);
  });

  it("are rung for what history tells", async () => {
    const { partner, number } = await seedSender();
    await services().phone(number.id).flushed();
    await seedEndpoint(partner);
    rings = [];
    await webhook(
      historyChunk(number, { [CUSTOMER]: [textMessage({ at: Date.now() - 9 * 86_400_000 })] }),
    );
    await eventually(async () => {
      const events = await partner.events(number.id);
      expect(events.map(({ type }) => type)).toContain("history.progress");
    });
    await eventually(() => expect(rings.length).toBeGreaterThan(0));
    expect(new Set(rings)).toEqual(new Set([await shardOf(number)]));
  });
});

describe("the sweep of endpoints", () => {
  it("rings those of partners that were told something lately, in the shards where they were", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, inbound(number, textMessage()));
    await seedEndpoint(partner);
    await seedEndpoint(await seedPartner());
    rings = [];
    await sweepEndpoints(services());
    expect(rings).toEqual([await shardOf(number)]);
    // Long after, the object's own look is enough.
    const later = { ...services(), now: () => Date.now() + 11 * 60_000 };
    rings = [];
    await sweepEndpoints(later);
    expect(rings).toEqual([]);
  });

  it("goes on behind the last one where there are more than it rings at once", async () => {
    const { partner } = await seedSender();
    const { registry } = services();
    const { id } = await seedEndpoint(partner);
    await registry
      .prepare(
        `INSERT INTO endpoints (id, partner, url, format, begins, ordered, secret, state, state_at,
           created_at, version, configured)
         SELECT printf('endpoint_%04d', n.value), e.partner, e.url, e.format, e.begins, e.ordered,
           e.secret, e.state, e.state_at, e.created_at, 1, 1
         FROM endpoints e, json_each(?2) n WHERE e.id = ?1`,
      )
      .bind(id, JSON.stringify(Array.from({ length: 249 }, (_, n) => n)))
      .run();
    rings = [];
    await sweepEndpoints(services());
    expect(rings).toHaveLength(200);
    await sweepEndpoints(services());
    expect(rings).toHaveLength(250);
    await sweepEndpoints(services());
    expect(rings).toHaveLength(450);
  });

  it("tells an object what it missed: the latest, once", async () => {
    const partner = await seedPartner();
    const configure = vi.spyOn(Endpoint.prototype, "configure");
    configure.mockRejectedValueOnce(new Error("away"));
    const { id } = await seedEndpoint(partner);
    configure.mockRejectedValueOnce(new Error("away"));
    await partner.call("PATCH", `/v1/endpoints/${id}`, { max_per_second: 9 });
    configure.mockClear();
    expect(await sweepEndpoints(services())).toBe(1);
    expect(configure.mock.calls.map(([config]) => config)).toMatchObject([
      { id, maxPerSecond: 9, state: "enabled" },
    ]);
    expect(await sweepEndpoints(services())).toBe(0);
    expect(configure).toHaveBeenCalledTimes(1);
    expect(await readRow(id)).toMatchObject({ version: 2, configured: 2 });
  });

  it("ends an object whose deletion was cut short", async () => {
    const partner = await seedPartner();
    const remove = vi.spyOn(Endpoint.prototype, "remove");
    remove.mockRejectedValueOnce(new Error("away"));
    const { id } = await seedEndpoint(partner);
    await partner.call("DELETE", `/v1/endpoints/${id}`);
    expect(await readRow(id)).toMatchObject({ state: "removing" });
    expect(await sweepEndpoints(services())).toBe(1);
    expect(await readRow(id)).toBeNull();
    expect(await sweepEndpoints(services())).toBe(0);
  });

  it("leaves no object behind where a deletion overtakes a change", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const order: string[] = [];
    vi.spyOn(Endpoint.prototype, "remove").mockImplementation(async () => void order.push("end"));
    const object: { configure: (config: EndpointConfig) => unknown } = Endpoint.prototype;
    const configure = vi.spyOn(object, "configure");
    configure.mockImplementation(async ({ maxPerSecond }: EndpointConfig) => {
      order.push(`configure ${maxPerSecond}`);
      if (maxPerSecond !== 5) return;
      // While the object learns of the change, the endpoint is deleted by another call.
      await partner.call("DELETE", `/v1/endpoints/${id}`);
    });
    await partner.call("PATCH", `/v1/endpoints/${id}`, { max_per_second: 5 });
    expect(order.at(-1)).toBe("end");
    expect(order).toEqual(["configure 5", "end", "end"]);
    expect(await readRow(id)).toBeNull();
  });
});
