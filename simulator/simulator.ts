import { serve } from "@hono/node-server";
import type { HttpBindings } from "@hono/node-server";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import type { Business, NewBusiness, SignupResult } from "./businesses.ts";
import { createBusiness, findBusiness, issueCode, issueToken } from "./businesses.ts";
import { controlApp } from "./control/control-app.ts";
import { deliver, idle, setWebhookUrl, verifyWebhook } from "./control/operations.ts";
import type { Faults } from "./faults.ts";
import { faultsSchema } from "./faults.ts";
import { graphApp } from "./graph/graph-app.ts";
import { mediaDownloadRoutes } from "./graph/media.ts";
import type { Ledger } from "./ledger.ts";
import * as account from "./live/account.ts";
import * as ads from "./live/ads.ts";
import type { LiveResult } from "./live/customers.ts";
import * as customers from "./live/customers.ts";
import type * as inputs from "./live/inputs.ts";
import * as owner from "./live/owner.ts";
import * as responder from "./live/responder.ts";
import { tellStatus } from "./live/statuses.ts";
import type { NewPopupBehaviour } from "./popup/behaviour.ts";
import { popupBehaviourSchema } from "./popup/behaviour.ts";
import { popupApp } from "./popup/popup-app.ts";
import { historyWamids } from "./scenarios/history-run.ts";
import { beginLife, playLifeStep } from "./scenarios/life-run.ts";
import { playLive } from "./scenarios/live-run.ts";
import type { LiveScenario } from "./scenarios/live-scenario.ts";
import type { LifeStep } from "./scenarios/sender-life.ts";
import type { Verification } from "./webhooks/verify-callback.ts";
import type { Delivery, DeliveryMode } from "./webhooks/webhook-queue.ts";
import type { Settings, StatusDelays } from "./world.ts";
import { createWorld } from "./world.ts";

export type { Business, NewBusiness, SignupResult } from "./businesses.ts";
export type { Faults } from "./faults.ts";
export type { ConversionRecord, Ledger, LedgerReport, SendRecord } from "./ledger.ts";
export type { LiveResult } from "./live/customers.ts";
export type { HistoryScenario } from "./scenarios/history-scenario.ts";
export type { Delivery, DeliveryMode } from "./webhooks/webhook-queue.ts";
export type { StatusDelays } from "./world.ts";

export type SimulatorOptions = { appSecret: string } & Partial<
  Omit<Settings, "appSecret" | "statusDelays">
> & {
    statusDelays?: Partial<StatusDelays>;
  };

/** A Meta on this machine. All of it is also reachable by HTTP under `/_sim` (README.md). */
export type Simulator = {
  /** `http://127.0.0.1:PORT`: give it to the gateway as its Graph URL. */
  readonly url: string;
  readonly ledger: Ledger;
  /** Simulated instant, epoch ms. */
  now(): number;
  /** Jumps ahead: expires codes, links and windows, and makes due retries leave. */
  advance(ms: number): void;
  createBusiness(input?: NewBusiness): Business;
  /** By WABA id or phone number id. */
  business(id: string): Business | undefined;
  /** The owner finishes the popup now. */
  issueCode(business: Business): SignupResult;
  /** A business token without popup and code. */
  issueToken(business: Business): string;
  /** The app's callback, with every field ticked unless `fields` says which. */
  setWebhookUrl(
    url: string | undefined,
    options?: { verifyToken?: string; fields?: string[] },
  ): void;
  /** The `hub.*` GET against the callback; throws without a callback and a verify token. */
  verifyWebhook(): Promise<Verification>;
  /** Any bytes, signed and delivered like a webhook of Meta's own, subscribed or not. */
  deliver(body: string | Uint8Array): Delivery;
  setDelivery(mode: Partial<DeliveryMode>): void;
  /** Webhooks that were not taken and wait for their next attempt leave now. */
  retryWebhooks(): void;
  setFaults(faults: Faults): void;
  /** How popups behave from now on; `{}` for the plain way. */
  setPopup(behaviour: NewPopupBehaviour): void;
  setStatusDelays(delays: Partial<StatusDelays>): void;
  customerWrites(business: Business, input?: inputs.CustomerWrites): LiveResult;
  customerComesByAd(
    business: Business,
    input?: inputs.CustomerComesByAd,
  ): ReturnType<typeof ads.customerComesByAd>;
  automaticEvent(business: Business, input?: inputs.AutomaticEvent): LiveResult;
  customerEdits(business: Business, input: inputs.CustomerEdits): LiveResult;
  customerRevokes(business: Business, input: inputs.CustomerRevokes): LiveResult;
  customerReacts(business: Business, input: inputs.CustomerReacts): LiveResult;
  customerMoves(business: Business, input: inputs.CustomerMoves): LiveResult;
  customerRotates(business: Business, input?: inputs.CustomerRotates): LiveResult;
  /** A status of any message, at any time. */
  messageStatus(business: Business, input: inputs.MessageStatus): void;
  /** Episodes of live traffic (scenarios/live-scenario.ts). */
  playLive(business: Business, scenario?: LiveScenario): void;
  unavailableMessage(business: Business, input?: inputs.UnavailableMessage): LiveResult;
  ownerWrites(business: Business, input?: inputs.OwnerWrites): LiveResult;
  changeContact(business: Business, input?: inputs.ChangeContact): void;
  accountUpdate(business: Business, event: string, extra?: Record<string, unknown>): void;
  removePartner(business: Business, input?: inputs.RemovePartner): void;
  /** Begins a life, such as `TWO_YEARS` (scenarios/sender-life.ts), whose steps the answer plays. */
  beginLife(business: Business): (step: LifeStep) => void;
  openWindow(business: Business, input?: inputs.OpenWindow): void;
  blockSends(business: Business, code: number | null): void;
  responderTakes(business: Business, input?: inputs.ResponderTakes): void;
  responderWrites(business: Business, input?: inputs.ResponderWrites): LiveResult;
  responderPasses(business: Business, input?: inputs.ResponderPasses): void;
  /** What an importer of this business's history must end up with, lazily. */
  historyWamids(business: Business): Iterable<string>;
  /** Resolves when nothing is on its way or planned; rejects after `timeoutMs` real ms (30,000). */
  idle(timeoutMs?: number): Promise<void>;
  /** Stops at once; what is on its way is lost. */
  close(): Promise<void>;
};

const DEFAULTS: Omit<Settings, "appSecret"> = {
  port: 0,
  appId: "510000000000001",
  configId: "610000000000001",
  verifyToken: undefined,
  webhookUrl: undefined,
  timeScale: 1,
  seed: 1,
  ratePerSecond: 20,
  rateWindowMs: 950,
  pairToleranceMs: 250,
  webhookConcurrency: 8,
  webhookTimeoutMs: 10_000,
  statusDelays: { sentMs: 50, deliveredMs: 250, readMs: 1_500 },
  partnerPortfolioId: "720000000000001",
  systemToken: undefined,
  creditId: "570000000000001",
  log: (problem) => console.error(problem),
};

/**
 * Starts a Meta on 127.0.0.1.
 *
 * @param options at least the app secret with which webhooks are signed; `port` 0 takes a free one
 * @throws when the port is taken
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
  const settings: Settings = {
    ...DEFAULTS,
    ...(given as SimulatorOptions),
    statusDelays: { ...DEFAULTS.statusDelays, ...options.statusDelays },
  };
  const world = createWorld(settings);
  const app = new Hono<{ Bindings: HttpBindings }>()
    .route("/_sim", controlApp(world))
    .route("/_media", mediaDownloadRoutes(world))
    .route("/", popupApp(world))
    .route("/:version{v[0-9]+\\.[0-9]+}", graphApp(world))
    .route("/", graphApp(world)); // Graph also serves addresses without a version

  const server = await listen(app.fetch, settings.port);
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: world.url,
    ledger: world.ledger,
    now: () => world.clock.now(),
    advance: (ms) => world.clock.advance(ms),
    createBusiness: (input) => createBusiness(world, input),
    business: (id) => findBusiness(world, id),
    issueCode: (business) => issueCode(world, business),
    issueToken: (business) => issueToken(world, business),
    setWebhookUrl: (url, rest) => setWebhookUrl(world, { url, ...rest }),
    verifyWebhook: () => verifyWebhook(world),
    deliver: (body) => deliver(world, body),
    setDelivery: (mode) => world.webhooks.setMode(mode),
    retryWebhooks: () => world.webhooks.retryNow(),
    setFaults: (faults) => world.faults.set(faultsSchema.parse(faults)),
    setPopup: (behaviour) => {
      world.popup.behaviour = popupBehaviourSchema.parse(behaviour);
    },
    setStatusDelays: (delays) => void Object.assign(settings.statusDelays, delays),
    customerWrites: (business, input) => customers.customerWrites(world, business, input),
    customerComesByAd: (business, input) => ads.customerComesByAd(world, business, input),
    automaticEvent: (business, input) => ads.automaticEvent(world, business, input),
    customerEdits: (business, input) => customers.customerEdits(world, business, input),
    customerRevokes: (business, input) => customers.customerRevokes(world, business, input),
    customerReacts: (business, input) => customers.customerReacts(world, business, input),
    customerMoves: (business, input) => customers.customerMoves(world, business, input),
    customerRotates: (business, input) => customers.customerRotates(world, business, input),
    messageStatus: (business, input) => tellStatus(world, business, input),
    playLive: (business, scenario) => void playLive(world, business, scenario),
    unavailableMessage: (business, input) => customers.unavailableMessage(world, business, input),
    ownerWrites: (business, input) => owner.ownerWrites(world, business, input),
    changeContact: (business, input) => owner.changeContact(world, business, input),
    accountUpdate: (business, event, extra) =>
      account.accountUpdate(world, business, { event, ...(extra ? { extra } : {}) }),
    removePartner: (business, input) => account.removePartner(world, business, input),
    beginLife: (business) => {
      const life = beginLife(world);
      return (step) => playLifeStep(world, business, life, step);
    },
    openWindow: (business, input) => customers.openWindow(world, business, input),
    blockSends: (business, code) => account.blockSends(world, business, { code }),
    responderTakes: (business, input) => responder.responderTakes(world, business, input),
    responderWrites: (business, input) => responder.responderWrites(world, business, input),
    responderPasses: (business, input) => responder.responderPasses(world, business, input),
    historyWamids,
    idle: (timeoutMs) => idle(world, timeoutMs),
    async close() {
      world.clock.stop();
      world.webhooks.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(fetch: Parameters<typeof serve>[0]["fetch"], port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: "127.0.0.1" }, () => resolve(server)) as Server;
    server.once("error", reject);
  });
}
