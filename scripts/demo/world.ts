import { randomBytes } from "node:crypto";
import { startSimulator } from "../../simulator/simulator.ts";
import { startGateway } from "../gateway.ts";
import { TandemClient } from "./tandem-client.ts";
import type { Business, Simulator } from "../../simulator/simulator.ts";

export interface World {
  simulator: Simulator;
  gatewayUrl: string;
  operator: TandemClient;
  operatorToken: string;
  partner: TandemClient;
  partnerKey: string;
  stop(): Promise<void>;
}

/** A Meta and a gateway that know each other, and a partner with a key. */
export async function startWorld(options: {
  port: number;
  stateFolder: string;
  log: (line: string) => void;
}): Promise<World> {
  const appId = "510000000000001";
  const appSecret = randomBytes(16).toString("hex");
  const verifyToken = randomBytes(16).toString("hex");
  const operatorToken = randomBytes(16).toString("hex");
  const simulator = await startSimulator({ appId, appSecret, log: options.log });
  const gateway = await startGateway({
    port: options.port,
    stateFolder: options.stateFolder,
    fresh: true, // the simulator starts empty, so an older run's state would know what Meta does not
    graphUrl: simulator.url,
    appId,
    appSecret,
    verifyToken,
    operatorToken,
    log: options.log,
  });
  simulator.setWebhookUrl(`${gateway.url}/webhooks/meta`, { verifyToken });
  const verified = await simulator.verifyWebhook();
  if (!verified.ok) throw new Error(`Meta could not verify the webhook: ${verified.problem}`);
  const operator = new TandemClient(gateway.url, operatorToken);
  const { id } = await operator.post<{ id: string }>("/v1/admin/partners", {
    name: "Demo partner",
  });
  const { key } = await operator.post<{ key: string }>(`/v1/admin/partners/${id}/keys`, {});
  return {
    simulator,
    gatewayUrl: gateway.url,
    operator,
    operatorToken,
    partner: new TandemClient(gateway.url, key),
    partnerKey: key,
    async stop() {
      await gateway.stop();
      await simulator.close();
    },
  };
}

/** Onboards a business through the public API, as a partner's backend and the owner do. */
export async function onboard(world: World, business: Business): Promise<void> {
  const { partner, simulator } = world;
  const session = await partner.post<{ id: string }>("/v1/signup-sessions", {
    external_id: "demo-shop",
  });
  const { code } = simulator.issueCode(business);
  await partner.post(`/v1/signup-sessions/${session.id}/finish`, {
    code,
    waba_id: business.wabaId,
  });
  await partner.post(`/v1/signup-sessions/${session.id}/confirm`, { timezone: "America/New_York" });
}
