import { listOpenEndpoints } from "../database/endpoints.ts";
import { readSettings } from "../env.ts";
import { errorKind, log } from "../lib/log.ts";
import { ShortCache } from "../lib/short-cache.ts";
import type {
  Attempt,
  Delivery,
  DeliveryPage,
  DeliveryQuery,
  EndpointConfig,
  EndpointFigures,
  Replay,
  ReplayOrder,
} from "./endpoint-types.ts";
import type { PartnerEvent } from "../events/partner-event.ts";

/** An endpoint's object as its callers see it; refusals are return values. */
export interface EndpointStub {
  configure: (config: EndpointConfig) => Promise<void>;
  remove: () => Promise<void>;
  ring: (shard: string) => Promise<void>;
  reread: () => Promise<void>;
  figures: () => Promise<EndpointFigures>;
  /** Posts it now. Not "test": the test runtime keeps that name from objects' callers. */
  tryOut: (event: PartnerEvent) => Promise<Attempt>;
  deliveries: (query: DeliveryQuery) => Promise<DeliveryPage>;
  delivery: (event: string) => Promise<Delivery | null>;
  retry: (event: string) => Promise<boolean>;
  replay: (order: ReplayOrder) => Promise<Replay | null>;
  replays: () => Promise<Replay[]>;
  cancelReplay: (id: string) => Promise<Replay | null>;
}

/**
 * A fresh stub of an endpoint's object. Only its very first call decides where it lives: so every
 * call passes the hint and the jurisdiction (platform.md 1.3, 2.3).
 */
export function endpointStub(env: Env, id: string): EndpointStub {
  const { JURISDICTION: jurisdiction, LOCATION_HINT: hint } = readSettings(env);
  const namespace = jurisdiction === "" ? env.ENDPOINT : env.ENDPOINT.jurisdiction(jurisdiction);
  const stub: unknown = namespace.getByName(id, {
    locationHint: hint as DurableObjectLocationHint,
  });
  return stub as EndpointStub;
}

/** So long an isolate believes which endpoints a partner has; the sweep rings what it missed. */
const KNOWN_MS = 5_000;
const open = new ShortCache();

/**
 * Tells the objects of a partner's enabled endpoints that there may be something new in a shard. A
 * ring that is lost costs time only: the sweep rings too. Never throws.
 */
export async function ringEndpoints(env: Env, partner: string, shard: string): Promise<void> {
  try {
    const ids = await open.get(partner, KNOWN_MS, Date.now(), () =>
      listOpenEndpoints(env.DB, partner),
    );
    await Promise.all(ids.map((id) => ringOne(env, id, shard)));
  } catch (err) {
    log.warn("endpoint.not_rung", { partner, error: errorKind(err) });
  }
}

async function ringOne(env: Env, id: string, shard: string): Promise<void> {
  try {
    await endpointStub(env, id).ring(shard);
  } catch (err) {
    log.warn("endpoint.not_rung", { endpoint: id, error: errorKind(err) });
  }
}

/** A partner's endpoints changed: the next ring looks anew. Other isolates learn it in 5 s. */
export function forgetOpenEndpoints(partner: string): void {
  open.forget(partner);
}
