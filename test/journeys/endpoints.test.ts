import { Webhook } from "standardwebhooks";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { SECRET, TestEndpoint } from "../support/endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { deliver, seedSender } from "../support/seed.ts";
import { senderOf } from "../support/storage.ts";
import { CUSTOMER, echoes, inbound, newWamid, textMessage } from "../support/webhooks.ts";
import type { EndpointConfig } from "../../src/durable/endpoint-types.ts";
import type { Partner } from "../support/seed.ts";

beforeEach(() => partnerStub.start());

/** An endpoint that begins where its partner's log ends now. */
async function openEndpoint(partner: Partner, changes: Partial<EndpointConfig> = {}) {
  const endpoint = new TestEndpoint(partner.id);
  const from: Record<string, number> = {};
  for (const shard of ["DB", "DB_1"] as const) {
    const row = await env[shard]
      .prepare(`SELECT pos FROM positions WHERE partner = ?`)
      .bind(partner.id)
      .first<{ pos: number }>();
    from[shard] = row?.pos ?? 0;
  }
  await endpoint.open({ from, ...changes });
  return endpoint;
}

describe("a customer writes and the owner answers from the phone", () => {
  it("is told to the partner's endpoint as the log has it, signed, in order", async () => {
    const { partner, number } = await seedSender();
    const endpoint = await openEndpoint(partner);
    const [asked, answered] = [newWamid("in"), newWamid("echo")];
    await deliver(number, inbound(number, textMessage({ wamid: asked })));
    await deliver(number, echoes(number, { id: answered, to: CUSTOMER }));
    await endpoint.ring((await senderOf(number)).shard);
    await eventually(() => expect(partnerStub.posts).toHaveLength(2));
    const log = (await partner.events(number.id)).slice(-2);
    expect(log.map(({ type }) => type)).toEqual(["message.received", "message.echoed"]);
    const told = partnerStub.posts.map(({ body, headers }) =>
      new Webhook(SECRET).verify(body, headers),
    );
    expect(told).toMatchObject(log);
  });

  it("is told to each of two endpoints, and one that fails does not hold back the other", async () => {
    const { partner, number } = await seedSender();
    const [well, ill] = [await openEndpoint(partner), await openEndpoint(partner)];
    partnerStub.answer(
      ({ url }) => new Response(null, { status: url.endsWith(ill.id) ? 500 : 200 }),
    );
    for (let at = 0; at < 3; at += 1) await deliver(number, inbound(number, textMessage()));
    const { shard } = await senderOf(number);
    await Promise.all([well.ring(shard), ill.ring(shard)]);
    await eventually(async () => {
      const told = partnerStub.posts.filter(({ url }) => url.endsWith(well.id));
      expect(told.map(({ event }) => event.type)).toEqual(Array(3).fill("message.received"));
      expect(await ill.calls.figures()).toMatchObject({ retrying: 1 });
    });
  });
});
