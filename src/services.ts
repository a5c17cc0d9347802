import { readSettings } from "./env.ts";
import { shardDatabase, shardNames } from "./database/shards.ts";
import { alarmsStub } from "./durable/alarms-stub.ts";
import { endpointStub, forgetOpenEndpoints, ringEndpoints } from "./durable/ring-endpoints.ts";
import { Departures } from "./lib/departures.ts";
import { writePoint } from "./lib/metrics.ts";
import { readAsset } from "./lib/read-asset.ts";
import { Vault } from "./lib/seal.ts";
import { GraphClient } from "./meta/graph-client.ts";
import type { Settings } from "./env.ts";
import type { Point, PointName } from "./lib/metrics.ts";
import type { AlarmsStub } from "./durable/alarms-stub.ts";
import type { ShardName } from "./database/shards.ts";
import type { EndpointStub } from "./durable/ring-endpoints.ts";
import type { PhoneNumber } from "./durable/phone-number.ts";
import type { HistoryPointer, MediaPointer, OverflowPointer, SendTicket } from "./queues/bodies.ts";

/**
 * A number's object as its callers see it. The runtime's own stub type refuses `Record<string,
 * unknown>` in answers, though any plain data travels; so the methods are named here.
 */
export type Phone = {
  [Method in PhoneMethod]: (
    ...args: Parameters<PhoneNumber[Method]>
  ) => Promise<Awaited<ReturnType<PhoneNumber[Method]>>>;
};
type PhoneMethod =
  | "admit"
  | "admitMany"
  | "batch"
  | "batchSends"
  | "cancel"
  | "cancelBatch"
  | "changePace"
  | "configure"
  | "confirm"
  | "eraseCustomer"
  | "eraseSender"
  | "credentials"
  | "expectContacts"
  | "expectPartner"
  | "figures"
  | "flushed"
  | "giveBack"
  | "holdSends"
  | "ingest"
  | "inspect"
  | "isVacant"
  | "learn"
  | "leave"
  | "liftBlock"
  | "moveTo"
  | "moving"
  | "next"
  | "pauseFlush"
  | "noteRefusal"
  | "noteTokenExpiry"
  | "phase"
  | "releaseSends"
  | "reseal"
  | "resumeFlush"
  | "retract"
  | "send"
  | "settle"
  | "tombstones"
  | "takeBlockCheck"
  | "wake"
  | "window"
  | "windowsOf"
  | "withdraw";

/** Everything an operation may touch. */
export interface Services {
  settings: Settings;
  /** The registry: partners, keys, senders, sessions. */
  registry: D1Database;
  /** Names of the shards that this Worker is bound to. */
  shards: readonly ShardName[];
  /** The D1 that holds a sender's messages and events. */
  shard: (name: string) => D1Database;
  archive: R2Bucket;
  queues: {
    history: Queue<HistoryPointer>;
    sends: Queue<SendTicket>;
    overflow: Queue<OverflowPointer>;
    media: Queue<MediaPointer>;
  };
  graph: GraphClient;
  /** Keeps sends of a number apart that leave this isolate late. */
  departures: Departures;
  vault: Vault;
  /** A fresh stub of a number's object. */
  phone: (phoneNumberId: string) => Phone;
  /** A fresh stub of an endpoint's object. */
  endpoint: (id: string) => EndpointStub;
  /** A fresh stub of the alarms' object. */
  alarms: () => AlarmsStub;
  /**
   * Says to a partner's endpoints that a shard may have something new: after every batch that
   * appended events. Never throws; a lost ring is made good by the sweep.
   */
  ring: (partner: string, shard: string) => Promise<void>;
  /** A partner's endpoints changed: the next ring must not go by what was known of them. */
  forgetEndpoints: (partner: string) => void;
  /** Writes a point of Analytics Engine; see writePoint. Never throws. */
  measure: <Name extends PointName>(name: Name, about: string, values: Point<Name>) => void;
  /** A JSON file of `public/`; see readAsset. */
  readAsset: <T>(path: string) => Promise<T>;
  now: () => number;
  /** Waits in the Worker, where waiting is free. */
  sleep: (ms: number) => Promise<void>;
}

const built = new WeakMap<Env, Services>();

/**
 * What a request, batch or sweep works with. Nothing in it belongs to one of them, so it is built
 * once for each environment: checking settings and keys is a part of a webhook's cost that can be
 * felt.
 *
 * @throws Error naming settings that are missing or malformed
 */
export function servicesOf(env: Env): Services {
  const services = built.get(env) ?? buildServices(env);
  built.set(env, services);
  return services;
}

function buildServices(env: Env): Services {
  const settings = readSettings(env);
  return {
    settings,
    registry: env.DB,
    shards: shardNames(env),
    shard: (name) => shardDatabase(env, name),
    archive: env.ARCHIVE,
    queues: {
      history: env.HISTORY,
      sends: env.SENDS,
      overflow: env.OVERFLOW,
      media: env.MEDIA,
    },
    departures: new Departures(settings.SEND_INTERVAL_MS),
    graph: new GraphClient({
      url: settings.GRAPH_URL,
      version: settings.GRAPH_VERSION,
      appId: settings.META_APP_ID,
      appSecret: settings.META_APP_SECRET,
    }),
    vault: new Vault(settings.TOKEN_KEYS),
    phone: (phoneNumberId) => phoneStub(env, settings, phoneNumberId),
    endpoint: (id) => endpointStub(env, id),
    alarms: () => alarmsStub(env),
    ring: (partner, shard) => ringEndpoints(env, partner, shard),
    forgetEndpoints: forgetOpenEndpoints,
    measure: (name, about, values) => writePoint(env.METRICS, name, about, values),
    readAsset: (path) => readAsset(env.ASSETS, path),
    now: () => Date.now(),
    sleep: (ms) => scheduler.wait(ms),
  };
}

/**
 * Only an object's very first call decides where it lives, and it never moves: so every call
 * passes the hint and the jurisdiction (platform.md 1.3, 2.3).
 */
function phoneStub(env: Env, settings: Settings, phoneNumberId: string): Phone {
  const { JURISDICTION: jurisdiction, LOCATION_HINT: hint } = settings;
  const namespace = jurisdiction === "" ? env.PHONE : env.PHONE.jurisdiction(jurisdiction);
  const stub: unknown = namespace.getByName(phoneNumberId, {
    locationHint: hint as DurableObjectLocationHint,
  });
  return stub as Phone;
}
