import { randomBytes } from "node:crypto";
import { startSimulator } from "../../simulator/simulator.ts";
import { startGateway } from "../gateway.ts";
import { TandemClient } from "./tandem-client.ts";
import type { Business, Simulator } from "../../simulator/simulator.ts";
import type { Gateway, GatewayOptions } from "../gateway.ts";

export interface World {
  simulator: Simulator;
  gateway: Gateway;
  gatewayUrl: string;
  /** With it Meta signs its webhooks. */
  appSecret: string;
  operator: TandemClient;
  operatorToken: string;
  partnerId: string;
  partner: TandemClient;
  partnerKey: string;
  stop(): Promise<void>;
}

/** A Meta and a gateway that know each other, and a partner with a key. */
export async function startWorld(options: {
  port: number;
  stateFolder: string;
  log: (line: string) => void;
  /** A fresh one unless told. */
  appSecret?: string;
  beside?: NonNullable<GatewayOptions["beside"]>;
  entry?: string;
  vars?: Record<string, string>;
}): Promise<World> {
  const appId = "510000000000001";
  const appSecret = options.appSecret ?? randomBytes(16).toString("hex");
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
    ...(options.beside === undefined ? {} : { beside: options.beside }),
    ...(options.entry === undefined ? {} : { entry: options.entry }),
    vars: {
      META_CONFIG_ID: "610000000000001",
      META_BUSINESS_ID: "720000000000001",
      FACEBOOK_SDK_URL: `${simulator.url}/sdk.js`,
      ...options.vars,
    },
  });
  simulator.setWebhookUrl(`${gateway.url}/webhooks/meta`, { verifyToken });
  const verified = await simulator.verifyWebhook();
  if (!verified.ok) throw new Error(`Meta could not verify the webhook: ${verified.problem}`);
  const operator = new TandemClient(gateway.url, operatorToken);
  return {
    simulator,
    gateway,
    gatewayUrl: gateway.url,
    appSecret,
    operator,
    operatorToken,
    ...(await createPartner(operator)),
    async stop() {
      await gateway.stop();
      await simulator.close();
    },
  };
}

/** A partner and its key, made as an operator makes them. */
export async function createPartner(
  operator: TandemClient,
): Promise<Pick<World, "partnerId" | "partner" | "partnerKey">> {
  const { id } = await operator.post<{ id: string }>("/v1/admin/partners", {
    name: "Demo partner",
  });
  const { key } = await operator.post<{ key: string }>(`/v1/admin/partners/${id}/keys`, {});
  return { partnerId: id, partner: new TandemClient(operator.url, key), partnerKey: key };
}

/** Brings along a number that is connected already, as an operator does. */
export async function importNumber(
  operator: TandemClient,
  simulator: Simulator,
  partnerId: string,
  business: Business,
): Promise<void> {
  await operator.post("/v1/admin/senders", {
    partner_id: partnerId,
    phone_number_id: business.phoneNumberId,
    waba_id: business.wabaId,
    display_phone_number: `+${business.displayPhoneNumber}`,
    access_token: simulator.issueToken(business),
    timezone: "America/New_York",
  });
}

/** A shop that nobody has connected yet, and the page where its owner can. */
export async function openSignup(world: World): Promise<{ business: Business; url: string }> {
  const business = world.simulator.createBusiness({
    verifiedName: "Harbour Bikes",
    contacts: 40,
    history: { messages: 400, threads: 20 },
  });
  const session = await world.partner.post<{ url: string }>("/v1/signup-sessions", {
    external_id: "harbour-bikes",
  });
  return { business, url: session.url };
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
