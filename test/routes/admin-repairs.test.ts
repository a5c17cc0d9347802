import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { listAudit } from "../../src/database/audit.ts";
import { TestEndpoint } from "../support/endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { asOperator, call, seedSender } from "../support/seed.ts";
import { senderOf } from "../support/storage.ts";

const headers = { authorization: "Bearer test-operator-token", "content-type": "application/json" };
const change = (path: string, method: string, body?: object) =>
  call(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
const actions = async () =>
  (await listAudit(env.DB, { after: null, limit: 50 })).map((e) => e.action);

describe("an import that stands still", () => {
  it("is read and pointed at again by an operator, who is told what will happen", async () => {
    const { number } = await seedSender();
    const sync = await asOperator(`/v1/admin/senders/${number.id}/sync`);
    expect(await sync.json()).toMatchObject({ history: { state: "none" } });
    await env.ARCHIVE.put(`inbox/${"1".padStart(14, "0")}-abc`, "{}", {
      customMetadata: { numbers: number.id },
    });
    const redriven = await asOperator(`/v1/admin/senders/${number.id}/sync/redrive`, {});
    expect(redriven.status).toBe(202);
    expect(await redriven.json()).toMatchObject({
      bodies: 1,
      more: false,
      words: expect.stringContaining("One raw body is read again") as string,
    });
    const { key } = await senderOf(number);
    expect((await listAudit(env.DB, { after: null, limit: 1 }))[0]).toMatchObject({
      operator: "ada",
      action: "history.redrive",
      sender: key,
    });
    expect((await asOperator(`/v1/admin/senders/1/sync`)).status).toBe(404);
  });

  it("of which nothing lies unstored says that only Meta can send the rest", async () => {
    const { number } = await seedSender();
    const redriven = await asOperator(`/v1/admin/senders/${number.id}/sync/redrive`, {});
    expect(await redriven.json()).toMatchObject({
      bodies: 0,
      words: expect.stringContaining("Nothing of it lies unstored") as string,
    });
  });
});

describe("anybody's endpoint", () => {
  let endpoint: TestEndpoint;
  let at = "";
  beforeEach(() => {
    partnerStub.start();
    endpoint = new TestEndpoint();
    at = `/v1/admin/endpoints/${endpoint.id}`;
  });

  it("has its deliveries read, without what the partner's server said, and one told again", async () => {
    await endpoint.open();
    const [id = ""] = await endpoint.append(1);
    partnerStub.answer(() => new Response("a secret of theirs", { status: 500 }));
    await endpoint.work();
    const listed = await asOperator(`${at}/deliveries?state=waiting`);
    const text = await listed.text();
    expect(text).not.toContain("a secret of theirs");
    expect(JSON.parse(text)).toMatchObject({
      data: [{ event_id: id, attempts: [{ failure: "http_500", answer: null }] }],
    });
    partnerStub.mend();
    expect((await asOperator(`${at}/deliveries/${id}/retry`, {})).status).toBe(202);
    await eventually(async () =>
      expect(await endpoint.calls.delivery(id)).toMatchObject({ state: "delivered" }),
    );
    expect((await asOperator(`${at}/deliveries/evt_none/retry`, {})).status).toBe(404);
    expect(await actions()).toContain("delivery.retry");
  });

  it("is told a time again, and not to its end where somebody cancels it", async () => {
    await endpoint.open();
    await endpoint.append(1, 30);
    await endpoint.work();
    await endpoint.change({ maxPerSecond: 1 });
    const ordered = await asOperator(`${at}/replays`, {
      since: new Date(Date.now() - 60_000).toISOString(),
    });
    expect(ordered.status).toBe(202);
    const { id } = await ordered.json<{ id: string }>();
    const cancelled = await change(`${at}/replays/${id}`, "DELETE");
    expect(await cancelled.json()).toMatchObject({ id, state: "cancelled" });
    const list = await asOperator(`${at}/replays`);
    expect(await list.json()).toMatchObject({ data: [{ id, state: "cancelled" }] });
    expect((await change(`${at}/replays/none`, "DELETE")).status).toBe(404);
    expect(await actions()).toEqual(
      expect.arrayContaining(["endpoint.replay", "endpoint.cancel_replay"]),
    );
  });

  it("is paused and enabled by name, with a reason", async () => {
    await endpoint.open();
    expect((await change(at, "PATCH", { state: "paused" })).status).toBe(400);
    const paused = await change(at, "PATCH", { state: "paused", reason: "It floods them." });
    expect(await paused.json()).toMatchObject({ state: "paused", state_reason: "operator" });
    const enabled = await change(at, "PATCH", { state: "enabled", reason: "It is well." });
    expect(await enabled.json()).toMatchObject({ state: "enabled" });
    expect((await listAudit(env.DB, { after: null, limit: 1 }))[0]).toMatchObject({
      action: "endpoint.enable",
      partner: endpoint.partner,
      detail: `${endpoint.id}: It is well.`,
    });
    expect((await asOperator("/v1/admin/endpoints/none/replays")).status).toBe(404);
  });
});
