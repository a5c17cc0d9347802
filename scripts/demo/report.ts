import { listAll } from "./tandem-client.ts";
import type { Business } from "../../simulator/simulator.ts";
import type { DemoEvent, DemoMessage } from "./tandem-client.ts";
import type { LiveTraffic } from "./play-live.ts";
import type { Receiver } from "./receiver.ts";
import type { Sends } from "./play-sends.ts";
import type { World } from "./world.ts";

export interface Report {
  history: { sent: number; stored: number };
  contacts: { sent: number; stored: number };
  live: { sent: number; stored: number };
  echoes: { sent: number; stored: number };
  sends: {
    accepted: number;
    refused_window: number;
    max_in_1s: number;
    per_second: number;
  };
  events: { expected: number; received: number; duplicates: number };
  /** The same events as they were posted to the partner's endpoint. */
  endpoint: { expected: number; told: number; duplicates: number; forged: number };
  lost: number;
}

interface SendView {
  state: string;
  wamid: string | null;
  place_at: string | null;
}

/** The events that one run owes: each fact by its type and what it is about. */
export function expectedEvents(
  traffic: LiveTraffic,
  sent: Map<string, string>,
  importedHistory: boolean,
): Set<string> {
  return new Set([
    "sender.connected",
    "contacts.imported",
    ...(importedHistory ? ["history.completed"] : []),
    ...traffic.inbound.map((wamid) => `message.received ${wamid}`),
    ...traffic.echoes.map((wamid) => `message.echoed ${wamid}`),
    ...[...sent].flatMap(([send, wamid]) => [
      `send.settled ${send}`,
      `message.status ${wamid} sent`,
      `message.status ${wamid} delivered`,
      `message.status ${wamid} read`,
    ]),
  ]);
}

/** What an event is about, in the words of `expectedEvents`. */
export function nameEvent(event: DemoEvent): string {
  const { wamid, status, id } = event.data as { wamid?: string; status?: string; id?: string };
  switch (event.type) {
    case "message.received":
    case "message.echoed":
      return `${event.type} ${wamid}`;
    case "message.status":
      return `${event.type} ${wamid} ${status}`;
    case "send.settled":
      return `${event.type} ${id}`;
    default:
      return event.type;
  }
}

/** The wamid of each send that Meta took, and the instants of the places. */
export async function readSends(
  world: World,
  business: Business,
  sends: Sends,
): Promise<{ wamids: Map<string, string>; places: number[] }> {
  const wamids = new Map<string, string>();
  const places: number[] = [];
  for (const send of sends.accepted) {
    const view = await world.partner.get<SendView>(
      `/v1/senders/${business.phoneNumberId}/sends/${send}`,
    );
    if (view.place_at !== null) places.push(Date.parse(view.place_at));
    if (view.state === "accepted" && view.wamid !== null) wamids.set(send, view.wamid);
  }
  return { wamids, places: places.sort((left, right) => left - right) };
}

/** Holds what the gateway has against what Meta's ledger says it sent. */
export async function writeReport(
  world: World,
  business: Business,
  run: {
    traffic: LiveTraffic;
    sends: Sends;
    settled: Awaited<ReturnType<typeof readSends>>;
    events: DemoEvent[];
    expected: Set<string>;
    receiver: Receiver;
  },
): Promise<Report> {
  const ledger = world.simulator.ledger.report();
  const counts = ledger.businesses[business.wabaId];
  const stored = await readStored(world, business);
  const history = countIn([...world.simulator.historyWamids(business)], stored.historical);
  const live = countIn(run.traffic.inbound, stored.live);
  const echoes = countIn(run.traffic.echoes, stored.live);
  const contactsSent = counts?.contacts.added ?? 0;
  const told = countEvents(run.events, run.expected);
  const untold = await run.receiver.receive(run.events.map(({ id }) => id));
  const posts = run.receiver.told.map(({ id }) => id);
  // A send that Meta took and that the gateway calls anything but accepted, or the reverse.
  const sendsLost = Math.abs(ledger.sends.accepted - run.settled.wamids.size);
  const lost =
    history.sent -
    history.stored +
    (live.sent - live.stored) +
    (echoes.sent - echoes.stored) +
    Math.max(0, contactsSent - stored.contacts) +
    (run.expected.size - told.received) +
    untold +
    sendsLost +
    run.sends.other.length;
  return {
    history,
    contacts: { sent: contactsSent, stored: stored.contacts },
    live,
    echoes,
    sends: {
      accepted: run.settled.wamids.size,
      refused_window: run.sends.refusedWindow,
      max_in_1s: maxInOneSecond(run.settled.places),
      per_second: perSecond(run.settled.places),
    },
    events: { expected: run.expected.size, ...told },
    endpoint: {
      expected: run.events.length,
      told: run.events.length - untold,
      duplicates: posts.length - new Set(posts).size,
      forged: run.receiver.forged,
    },
    lost,
  };
}

async function readStored(world: World, business: Business) {
  const historical = new Set<string>();
  const live = new Set<string>();
  const path = `/v1/senders/${business.phoneNumberId}`;
  for await (const message of listAll<DemoMessage>(world.partner, `${path}/messages`)) {
    (message.historical ? historical : live).add(message.wamid);
  }
  let contacts = 0;
  for await (const _ of listAll(world.partner, `${path}/contacts`)) contacts += 1;
  return { historical, live, contacts };
}

function countIn(sent: string[], stored: Set<string>): { sent: number; stored: number } {
  return { sent: sent.length, stored: sent.filter((wamid) => stored.has(wamid)).length };
}

/** A duplicate is a fact that was told under two ids, or an id that came twice. */
function countEvents(
  events: DemoEvent[],
  expected: Set<string>,
): { received: number; duplicates: number } {
  const seen = new Set<string>();
  const ids = new Set<string>();
  let duplicates = 0;
  for (const event of events) {
    const name = nameEvent(event);
    if (ids.has(event.id) || (expected.has(name) && seen.has(name))) duplicates += 1;
    ids.add(event.id);
    if (expected.has(name)) seen.add(name);
  }
  return { received: seen.size, duplicates };
}

/** The most places in any 1,000 ms. @param places sorted, epoch ms */
export function maxInOneSecond(places: number[]): number {
  let most = 0;
  let from = 0;
  for (const [index, at] of places.entries()) {
    while ((places[from] ?? at) <= at - 1_000) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

/** Instants a second from the first to the last, rounded to 0.01. @param places sorted, epoch ms */
export function perSecond(places: number[]): number {
  const spanMs = (places.at(-1) ?? 0) - (places[0] ?? 0);
  return spanMs === 0 ? 0 : Math.round(((places.length - 1) / spanMs) * 100_000) / 100;
}
