import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { TandemClient } from "../../scripts/demo/tandem-client.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import { SECRETS, ServeProcess } from "./serve-process.ts";

it("leaves a thread to the responder that holds it, takes it when told to, and keeps what it took", async () => {
  const simulator = await startSimulator({ ...SECRETS, log: () => undefined });
  const state = mkdtempSync(join(tmpdir(), "tandem-shared-"));
  const serve = await ServeProcess.start({ state, port: 0, graphUrl: simulator.url });
  onTestFinished(async () => {
    await serve.killGroup();
    await simulator.close();
    rmSync(state, { recursive: true, force: true });
  });
  simulator.setWebhookUrl(`${serve.url}/webhooks/meta`, { verifyToken: SECRETS.verifyToken });
  const operator = new TandemClient(serve.url, SECRETS.operatorToken);
  const { id } = await operator.post<{ id: string }>("/v1/admin/partners", { name: "Shared" });
  const { key } = await operator.post<{ key: string }>(`/v1/admin/partners/${id}/keys`, {});
  const partner = new TandemClient(serve.url, key);
  const business = simulator.createBusiness();
  const token = simulator.issueToken(business);
  await fetch(`${simulator.url}/v24.0/${business.wabaId}/subscribed_apps`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  await operator.post("/v1/admin/senders", {
    partner_id: id,
    phone_number_id: business.phoneNumberId,
    waba_id: business.wabaId,
    display_phone_number: `+${business.displayPhoneNumber}`,
    access_token: token,
    timezone: "America/New_York",
  });
  const phone = business.customers[0]?.phone ?? "";
  const text = {
    messaging_product: "whatsapp",
    to: phone,
    type: "text",
    text: { body: "Let me help." },
  };
  const send = (headers: Record<string, string> = {}) =>
    partner.send(business.phoneNumberId, text, headers);
  const owner = async () => {
    const path = `/v1/senders/${business.phoneNumberId}/windows/${phone}`;
    return (await partner.get<{ thread_owner: string }>(path)).thread_owner;
  };

  simulator.responderTakes(business);
  simulator.customerWrites(business, { body: "is somebody there?" });
  simulator.responderWrites(business, { body: "I am the agent." });
  await simulator.idle();
  expect(await owner()).toBe("other");
  expect((await send()).status).toBe(400);
  expect(simulator.ledger.sends).toEqual([]);

  // Meta tells us that we took it: that must not read as if we had lost it.
  expect((await send({ "x-tandem-take-control": "true" })).status).toBe(200);
  await simulator.idle();
  expect(await owner()).toBe("tandem");
  expect((await send()).status).toBe(200);

  const { wamid } = simulator.customerWrites(business, { body: "thank you" });
  await simulator.idle();
  await vi.waitFor(
    async () => {
      const { data } = await partner.get<{ data: { type: string; data: object }[] }>(
        "/v1/events?limit=500",
      );
      expect(
        data.find((event) => "wamid" in event.data && event.data.wamid === wamid),
      ).toBeDefined();
      const notices = data.filter((event) => event.type === "account.notice");
      expect(notices.map((event) => event.data)).toMatchObject([
        { field: "messaging_handovers", thread_owner: "other" },
        { field: "messaging_handovers", thread_owner: "tandem" },
      ]);
    },
    { timeout: 10_000, interval: 100 },
  );
});
