import { setTimeout as sleep } from "node:timers/promises";
import { inParallel } from "../../bench/lib/in-parallel.ts";
import { EventReader } from "../../scripts/demo/event-reader.ts";
import { maxInOneSecond } from "../../scripts/demo/report.ts";
import { listAll, TandemClient } from "../../scripts/demo/tandem-client.ts";
import { SECRETS } from "../end-to-end/serve-process.ts";
import type { DemoEvent, DemoMessage } from "../../scripts/demo/tandem-client.ts";
import type { ShopDiary } from "./diary.ts";
import type { FaultyWorld } from "./faulty-world.ts";

/** 20 places in any 1,000 ms (invariant 6); the wire may push two together. */
const PLACES_MAX = 20;
const ARRIVALS_MAX = 22;
/** A machine that stands still for so long pushes one more place into the next second. */
const PLACE_MS = 50;
const LOOK_EVERY_MS = 500;
/** Where nothing came for so long, nothing more will. */
const STILL_MS = 45_000;
/** Calls of the reckoning at once. */
const CALLERS = 6;
const REDELIVER_EVERY_MS = 5_000;
/** Meta's windows end 999 ms after ours: its clock has milliseconds, its webhooks whole seconds. */
const WINDOW_TOLERANCE_MS = 1_500;
const SHOWN = 5;

/** What the gateway has against what Meta's ledger and the diaries say. */
export interface Tally {
  messages: number;
  sends: number;
  accepted: number;
  refused: number;
  unknown: number;
  events: number;
  /** A message, an event, or a send at Meta that is there twice. */
  duplicates: number;
  /** What is nowhere, and nobody said so. */
  lost: number;
  maxPlaces: number;
  maxArrivals: number;
  /** Everything that does not hold, in words. */
  problems: string[];
}

interface SendView {
  id: string;
  state: string;
  wamid: string | null;
  place_at: string | null;
}

type LoggedEvent = DemoEvent & { sender_id: string };
type Message = DemoMessage & {
  status?: string;
  edited_at?: string;
  revoked_at?: string;
  media?: { state: string };
  send_id?: string;
};

const OPEN = new Set(["queued", "placed"]);

/**
 * Waits until the world has come to rest and holds the gateway against Meta.
 *
 * @param patienceMs after so long what still moves is a problem
 */
export class Reconciliation {
  readonly #world: FaultyWorld;
  /** Sends that are settled are read once in a world's life; the unknown ones again. */
  readonly #settled = new Map<string, SendView>();
  #tally: Tally = newTally();
  #until = 0;

  constructor(world: FaultyWorld) {
    this.#world = world;
  }

  async run(patienceMs: number): Promise<Tally> {
    this.#tally = newTally();
    this.#until = performance.now() + patienceMs;
    await this.#deliverAll();
    const sends = new Map<ShopDiary, SendView[]>();
    for (const shop of this.#world.shops) {
      const views = await this.#settleSends(shop);
      sends.set(shop, views);
      this.#checkSends(shop, views);
    }
    await this.#freeClaimedFiles();
    for (const shop of this.#world.shops) {
      await this.#settleHistory(shop);
      await this.#checkMessages(shop, sends.get(shop) ?? []);
      await this.#checkWindows(shop);
    }
    await this.#checkDeadLetters();
    await this.#checkEvents(sends);
    return this.#tally;
  }

  /** What Meta could not get rid of would come in five minutes, in fifteen, in an hour: it comes now. */
  async #deliverAll(): Promise<void> {
    const { simulator } = this.#world.stage;
    for (;;) {
      try {
        return await simulator.idle(REDELIVER_EVERY_MS);
      } catch {
        if (performance.now() > this.#until) {
          return this.#say("lost", "webhooks that Meta cannot get rid of", []);
        }
        simulator.retryWebhooks();
      }
    }
  }

  /** Until each send of a shop has an outcome that lasts. */
  async #settleSends(shop: ShopDiary): Promise<SendView[]> {
    const { partner, simulator } = this.#world.stage;
    const path = `/v1/senders/${shop.business.phoneNumberId}/sends`;
    const silent = shop.wishes.filter(
      ({ state }) => state === "open" || state === "never answered",
    );
    if (silent.length > 0) {
      this.#say(
        "lost",
        "calls that nobody answered",
        silent.map(({ last }) => last),
      );
    }
    const ids = shop.wishes.flatMap((wish) => wish.sends);
    const taken = new Set(simulator.ledger.sends.map((send) => send.bizOpaqueCallbackData));
    for (;;) {
      const open: string[] = [];
      const unread = ids.filter((id) => !this.#settled.has(id));
      await inParallel(unread, CALLERS, async (id) => {
        const view = await partner.get<SendView>(`${path}/${id}`);
        // Meta has it, so its statuses say so to us.
        const mayChange = view.state === "unknown" && taken.has(id);
        if (OPEN.has(view.state) || mayChange) open.push(`${id} ${view.state}`);
        else if (view.state !== "unknown") this.#settled.set(id, view);
      });
      if (open.length === 0) break;
      if (performance.now() > this.#until) {
        this.#say("lost", `${open.length} sends without an outcome`, open);
        break;
      }
      await sleep(LOOK_EVERY_MS);
    }
    return inParallel(
      ids,
      CALLERS,
      async (id) => this.#settled.get(id) ?? partner.get<SendView>(`${path}/${id}`),
    );
  }

  #checkSends({ business }: ShopDiary, views: SendView[]): void {
    const { ledger } = this.#world.stage.simulator;
    const atMeta = ledger.sends.filter((send) => send.phoneNumberId === business.phoneNumberId);
    const byId = Map.groupBy(atMeta, (send) => send.bizOpaqueCallbackData ?? "");
    const tally = this.#tally;
    const twice = [...byId].filter(([, records]) => records.length > 1).map(([id]) => id);
    if (twice.length > 0) this.#say("duplicates", "sends that Meta got twice", twice);
    const known = new Set(views.map(({ id }) => id));
    const foreign = [...byId.keys()].filter((id) => !known.has(id));
    // A call that was asked again under its key made a second send, or nobody was told of it.
    if (foreign.length > 0) this.#say("duplicates", "sends at Meta that no call named", foreign);
    for (const { id, state, wamid } of views) {
      const record = byId.get(id)?.[0];
      tally.sends += 1;
      if (state === "accepted") tally.accepted += 1;
      else if (state === "unknown") tally.unknown += 1;
      else tally.refused += 1;
      const isTrue = state === "accepted" ? record?.wamid === wamid : record === undefined;
      if (!isTrue && !OPEN.has(state)) this.#say("lost", `a send called ${state} is not`, [id]);
    }
    const places = views
      .flatMap(({ place_at: at }) => (at === null ? [] : [Date.parse(at)]))
      .toSorted((left, right) => left - right);
    tally.maxPlaces = Math.max(tally.maxPlaces, maxInOneSecond(places));
    if (maxInOneSecond(places) > PLACES_MAX) this.#say("pace", "too many places in a second", []);
    const refusals = ledger.refused.filter(
      ({ path }) => path.endsWith("/messages") && path.includes(`/${business.phoneNumberId}/`),
    );
    const arrivals = [...atMeta, ...refusals]
      .map(({ atMs }) => atMs)
      .toSorted((left, right) => left - right);
    tally.maxArrivals = Math.max(tally.maxArrivals, maxInOneSecond(arrivals));
    this.#checkArrivals(arrivals);
  }

  /** Arrivals at the wire, in order (ms): none but the machine may bunch them up. */
  #checkArrivals(arrivals: readonly number[]): void {
    for (const [from, atMs] of arrivals.entries()) {
      const end = arrivals.findIndex((other) => other >= atMs + 1_000);
      const most = (end === -1 ? arrivals.length : end) - from;
      if (most <= ARRIVALS_MAX) continue;
      const excused = Math.ceil(this.#world.stalls.longestAround(atMs) / PLACE_MS);
      if (most <= ARRIVALS_MAX + excused) continue;
      this.#say("pace", `${most} arrivals at Meta in a second (${excused} are the machine's)`, []);
      return;
    }
  }

  /** A file whose keeper was killed is claimed for 16 minutes (`keep-media`): their time has come. */
  async #freeClaimedFiles(): Promise<void> {
    const sql = `UPDATE media SET due_at = 0 WHERE state = 'wanted'`;
    for (const binding of ["DB", "DB_1"] as const) await this.#world.runSql({ binding, sql });
  }

  async #settleHistory(shop: ShopDiary): Promise<void> {
    if (!shop.isSignedUp) return;
    for (;;) {
      const { state } = await this.#world.stage.readHistory(shop.business);
      if (state === "complete") return;
      if (performance.now() > this.#until) {
        this.#say("lost", `an import is ${state}`, [shop.business.phoneNumberId]);
        return;
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #checkMessages(shop: ShopDiary, sends: SendView[]): Promise<void> {
    const { business } = shop;
    const accepted = new Set(
      sends.flatMap(({ state, wamid }) => (state === "accepted" && wamid !== null ? [wamid] : [])),
    );
    const history = shop.isSignedUp ? this.#world.stage.simulator.historyWamids(business) : [];
    const expected = new Set([...history, ...shop.received, ...shop.echoed, ...accepted]);
    for (;;) {
      const stored = new Map<string, Message>();
      const twice: string[] = [];
      const path = `/v1/senders/${business.phoneNumberId}/messages`;
      for await (const message of listAll<Message>(this.#world.stage.partner, path)) {
        if (stored.has(message.wamid)) twice.push(message.wamid);
        stored.set(message.wamid, message);
      }
      const wrong = {
        "messages that are not there": [...expected].filter((wamid) => !stored.has(wamid)),
        "files that are not stored": [...shop.files].filter(
          (wamid) => stored.get(wamid)?.media?.state !== "stored" && !isRevoked(stored.get(wamid)),
        ),
        "edits that were not made": [...shop.edits.values()].filter(
          (wamid) => stored.get(wamid)?.edited_at === undefined,
        ),
        "revokes that were not made": [...shop.revokes.values()].filter(
          (wamid) => !isRevoked(stored.get(wamid)),
        ),
        "sends that are not read": [...accepted].filter(
          (wamid) => stored.get(wamid)?.status !== "read",
        ),
      };
      const isWhole = Object.values(wrong).every((wamids) => wamids.length === 0);
      if (!isWhole && performance.now() < this.#until) {
        await sleep(LOOK_EVERY_MS);
        continue;
      }
      this.#tally.messages += stored.size;
      for (const [what, wamids] of Object.entries(wrong)) {
        if (wamids.length > 0) this.#say("lost", what, wamids);
      }
      const invented = [...stored.keys()].filter((wamid) => !expected.has(wamid));
      if (invented.length > 0) this.#say("duplicates", "messages that nobody wrote", invented);
      if (twice.length > 0) this.#say("duplicates", "messages that are there twice", twice);
      return;
    }
  }

  async #checkWindows({ business, wrote }: ShopDiary): Promise<void> {
    await inParallel([...wrote], CALLERS, async (phone) => {
      const path = `/v1/senders/${business.phoneNumberId}/windows/${phone}`;
      const window = await this.#world.stage.partner.get<{ closes_at: string | null }>(path);
      const theirs = business.windows.get(phone) ?? 0;
      const ours = window.closes_at === null ? 0 : Date.parse(window.closes_at);
      // What comes from the future of a clock that is behind opens a window by that clock.
      const early = theirs - ours - this.#world.clockBehindMs;
      if (ours > theirs || early > WINDOW_TOLERANCE_MS) {
        const off = Math.round((ours - theirs) / 1_000);
        this.#say("lost", `a window that closes ${off} s off`, [business.phoneNumberId]);
      }
    });
  }

  /** What D1 refuses for good is put aside, each once, and nothing else is. */
  async #checkDeadLetters(): Promise<void> {
    const { shops, stage } = this.#world;
    const poisoned = shops.reduce((sum, shop) => sum + shop.poisoned.size, 0);
    const operator = new TandemClient(stage.serve.url, SECRETS.operatorToken);
    for (;;) {
      let buried = 0;
      const path = "/v1/admin/dead-letters";
      for await (const { source } of listAll<{ source: string }>(operator, path)) {
        if (source === "flush") buried += 1;
      }
      if (buried === poisoned) return;
      if (buried > poisoned || performance.now() > this.#until) {
        return this.#say("lost", `${buried} dead letters of ${poisoned} poisoned messages`, []);
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** The log as a whole: each fact once, no number missing, read by cursor and told by post. */
  async #checkEvents(sends: Map<ShopDiary, SendView[]>): Promise<void> {
    const { reader, receiver, shops, stage } = this.#world;
    const owed = shops.flatMap((shop) => listOwed(shop, sends.get(shop) ?? []));
    let events: LoggedEvent[];
    for (;;) {
      const whole = new EventReader(stage.partner);
      await whole.read();
      events = whole.seen as LoggedEvent[];
      const names = new Set(events.map(nameOf));
      if (owed.every((name) => names.has(name)) || performance.now() > this.#until) break;
      await sleep(LOOK_EVERY_MS);
    }
    this.#tally.events = events.length;
    const byName = Map.groupBy(events, nameOf);
    const missing = owed.filter((name) => !byName.has(name));
    if (missing.length > 0) this.#say("lost", "events that were never told", missing);
    const once = [...byName].filter(([name, all]) => name !== "" && all.length > 1);
    if (once.length > 0) {
      this.#say(
        "duplicates",
        "facts told under two ids",
        once.map(([name]) => name),
      );
    }
    const ids = new Set(events.map(({ id }) => id));
    if (ids.size < events.length) this.#say("duplicates", "ids that are on the log twice", []);
    for (const [sender, own] of Map.groupBy(events, ({ sender_id: id }) => id)) {
      const seqs = own.map(({ seq }) => seq).toSorted((left, right) => left - right);
      const broken = seqs.findIndex((seq, index) => seq !== index + 1);
      if (broken >= 0) this.#say("lost", `seq ${broken + 1} of a sender`, [sender]);
    }
    await this.#awaitAll("events that the reader by cursor was led past", ids, () =>
      reader.seen.map(({ id }) => id),
    );
    await this.#awaitAll("events that the endpoint was not told", ids, () =>
      receiver.told.map(({ id }) => id),
    );
    const read = reader.seen.map(({ id }) => id);
    if (new Set(read).size < read.length) {
      this.#say("duplicates", "events that a cursor showed twice", []);
    }
  }

  async #awaitAll(what: string, ids: Set<string>, arrived: () => string[]): Promise<void> {
    let least = ids.size;
    let movedAt = performance.now();
    for (;;) {
      const here = new Set(arrived());
      const missing = [...ids].filter((id) => !here.has(id));
      if (missing.length === 0) return;
      const now = performance.now();
      if (missing.length < least) [least, movedAt] = [missing.length, now];
      // What still comes on a slow machine is not lost.
      if (now > this.#until && now - movedAt > STILL_MS) return this.#say("lost", what, missing);
      await sleep(LOOK_EVERY_MS);
    }
  }

  #say(kind: "lost" | "duplicates" | "pace", what: string, which: string[]): void {
    const count = Math.max(1, which.length);
    if (kind !== "pace") this.#tally[kind] += count;
    const some = which.slice(0, SHOWN).join(", ");
    this.#tally.problems.push(`${what}: ${count}${some === "" ? "" : ` (${some})`}`);
  }
}

function newTally(): Tally {
  return {
    messages: 0,
    sends: 0,
    accepted: 0,
    refused: 0,
    unknown: 0,
    events: 0,
    duplicates: 0,
    lost: 0,
    maxPlaces: 0,
    maxArrivals: 0,
    problems: [],
  };
}

const isRevoked = (message: Message | undefined) => message?.revoked_at !== undefined;

/** Everything a partner is to be told of what a shop did, in the words of `nameOf`. */
function listOwed(shop: ShopDiary, sends: SendView[]): string[] {
  const accepted = sends.filter(({ state }) => state === "accepted");
  return [
    ...[...shop.received].map((wamid) => `message.received ${wamid}`),
    ...[...shop.echoed].map((wamid) => `message.echoed ${wamid}`),
    ...[...shop.edits.keys()].map((wamid) => `message.edited ${wamid}`),
    ...[...shop.revokes.keys()].map((wamid) => `message.revoked ${wamid}`),
    ...[...shop.files].map((wamid) => `media.stored ${wamid}`),
    ...accepted.map(({ id }) => `send.settled ${id} accepted`),
    ...accepted.map(({ wamid }) => `message.status ${wamid} read`),
    ...(shop.isSignedUp
      ? [
          `history.completed ${shop.business.phoneNumberId}`,
          `contacts.imported ${shop.business.phoneNumberId}`,
        ]
      : []),
  ];
}

/** What an event says, where that may be said once only; else nothing. */
function nameOf(event: LoggedEvent): string {
  const { wamid, change_wamid, status, id, outcome } = event.data as Record<string, string>;
  switch (event.type) {
    case "message.received":
    case "message.echoed":
    case "media.stored":
      return `${event.type} ${wamid}`;
    case "message.edited":
    case "message.revoked":
      return `${event.type} ${change_wamid}`;
    case "message.status":
      return `${event.type} ${wamid} ${status}`;
    case "send.settled":
      return `${event.type} ${id} ${outcome}`;
    case "sender.connected":
    case "contacts.imported":
    case "history.completed":
      return `${event.type} ${event.sender_id}`;
    default:
      return "";
  }
}
