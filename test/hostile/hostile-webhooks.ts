import { createRandom, hashOf } from "../../simulator/random.ts";
import { pick } from "./hostile-values.ts";
import { bytesOf, copyOf, joined, Members, treeOf } from "./json-tree.ts";
import { mutate, valueAt } from "./mutations.ts";
import type { Random } from "../../simulator/random.ts";
import type { Tree } from "./json-tree.ts";
import type { Place } from "./mutations.ts";

/** A connected number, as webhooks name it. */
export interface Target {
  id: string;
  wabaId: string;
  /** Digits. */
  phone: string;
}

/** An item with nothing wrong in it: whatever stands beside it, it has to arrive. */
export interface Healthy {
  kind: "message" | "echo" | "past" | "contact";
  number: string;
  /** Digits of the customer. */
  customer: string;
  /** Its wamid; of a contact the customer's digits. */
  id: string;
}

export interface HostileBody {
  bytes: Uint8Array;
  healthy: Healthy[];
  /** A JSON object to any reader: refusing it would make Meta repeat it for 7 days. */
  isObject: boolean;
  /** Stands in the item that was harmed, where that is an object still. */
  mark: string | null;
  /** Out of what it was made, and how. */
  recipe: string;
}

export interface HostileOptions {
  /** Names and texts of the fixtures. */
  fixtures: ReadonlyMap<string, string>;
  targets: readonly Target[];
  seed: number;
  /** Of all bodies, those of 1,000 items and those of 3 MB (0 to 1, each). */
  large: number;
  /** None is harmed: what the same bodies do when nothing is wrong with them. */
  sound?: boolean;
}

const PEOPLE: Record<string, string> = {
  customer: "420777123456",
  other: "420777999888",
  bsuid: "CZ.50000000000000000041",
  newbsuid: "CZ.50000000000000000042",
};

/** Where items stand in a value. */
const LISTS = [
  "messages",
  "statuses",
  "message_echoes",
  "state_sync",
  "history",
  "automatic_events",
  "user_preferences",
];

/** Of which level of a body a part is harmed; what lies beside it stays whole. */
const LEVELS = [
  ...Array.from({ length: 10 }, () => "item" as const),
  ...Array.from({ length: 5 }, () => "value" as const),
  ...Array.from({ length: 3 }, () => "change" as const),
  ...Array.from({ length: 3 }, () => "entry" as const),
  ...Array.from({ length: 2 }, () => "body" as const),
];

/** So many bodies have their healthy messages from one customer, by whom they are found. */
const GROUP = 500;
const BATCH = 1_000;
/** Meta's bodies have 3 MB at most. */
const LARGE_BYTES = 2_950_000;

/** Whose messages the healthy ones of body `n` are. */
export function healthyCustomer(n: number): string {
  return `49155500${String(Math.floor(n / GROUP)).padStart(5, "0")}`;
}

/**
 * Makes webhook bodies out of the fixtures with something wrong in each, and healthy items beside
 * it. Body `n` of a seed is always the same, whatever was made before it.
 */
export class HostileWebhooks {
  readonly #options: HostileOptions;
  readonly #names: string[];
  readonly #words: string[];

  constructor(options: HostileOptions) {
    this.#options = options;
    this.#names = [...options.fixtures.keys()].toSorted();
    this.#words = [...new Set([...options.fixtures.values()].flatMap(wordsOf))].toSorted();
  }

  make(n: number): HostileBody {
    const { targets, seed, large } = this.#options;
    const random = createRandom(hashOf(seed, n));
    const target = pick(targets, random);
    const name = pick(this.#names, random);
    const body = this.#fixture(name, target, n, random);
    const healthy: Healthy[] = [];
    const done = [name];
    const level = pick(LEVELS, random);
    const harmed = placeOf(body, level, random);
    const beside = harmed.list;
    let mark: string | null = null;
    const times = 1 + random.int(3);
    for (let time = 0; time < times && !this.#options.sound; time += 1) {
      done.push(mutate(harmed.place, random, this.#wordsFor(target)));
    }
    const item = valueAt(harmed.place);
    if (level === "item" && item instanceof Members) {
      mark = `mark-${seed}-${n}`;
      item.set("what_was_harmed", mark);
    }
    if (random.chance(large)) {
      done.push("1,000 items");
      repeat(beside, harmed.place, n);
    }
    const root = valueAt({ parent: [body], at: 0 });
    if (level !== "body") {
      const news = new Healthful(target, n, random);
      const entries = body.get("entry");
      if (Array.isArray(beside)) healthy.push(...news.addTo(beside, harmed.kind));
      if (Array.isArray(entries)) healthy.push(...news.addEntry(entries));
    }
    if (random.chance(large)) {
      done.push("3 MB");
      body.set("padding", random.hex(16).repeat(LARGE_BYTES / 16));
    }
    const style = { escaped: random.chance(0.4), space: random.chance(0.1) ? "\n " : "" };
    let bytes = bytesOf(root, style);
    let isObject = true;
    if (level === "body" && random.chance(0.5) && !this.#options.sound) {
      bytes = garbled(bytes, random);
      isObject = false;
      done.push("bytes");
    } else if (random.chance(0.01)) {
      bytes = joined([Uint8Array.of(0xef, 0xbb, 0xbf), bytes]);
      done.push("BOM");
    }
    return { bytes, healthy, isObject, mark, recipe: `${n} ${level}: ${done.join(", ")}` };
  }

  #fixture(name: string, target: Target, n: number, random: Random): Members {
    const known = random.chance(0.1); // the same thing again, and harmed
    const names: Record<string, string> = {
      ...PEOPLE,
      number: target.id,
      waba: target.wabaId,
      business: target.phone,
    };
    const text = (this.#options.fixtures.get(name) ?? "{}")
      .replaceAll(/@([a-z]+)/g, (whole, key: string) => names[key] ?? whole)
      .replaceAll("wamid.FX-", known ? "wamid.FX-" : `wamid.FX${n}-`);
    const tree = treeOf(JSON.parse(text));
    if (!(tree instanceof Members)) throw new Error(`The fixture ${name} is no object.`);
    return tree;
  }

  #wordsFor(own: Target): string[] {
    const other = this.#options.targets.find(({ id }) => id !== own.id) ?? own;
    const ids = [own, other].flatMap(({ id, wabaId, phone }) => [id, wabaId, phone]);
    return [...this.#words, ...ids, ...Object.values(PEOPLE), "319999999999999"];
  }
}

/** Short strings of a text that look like Meta's own words: fields, types, events. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([A-Za-z_]{3,40})"/g)].map(([, word]) => word ?? "");
}

/** What is to be harmed, and the list it stands in. @param level how far out it stands */
function placeOf(
  body: Members,
  level: (typeof LEVELS)[number],
  random: Random,
): { place: Place; list: Tree | undefined; kind: string } {
  const whole = { place: { parent: [body], at: 0 }, list: undefined, kind: "body" };
  const entries = body.get("entry");
  const entry = Array.isArray(entries) ? entries[0] : undefined;
  if (level === "body" || !Array.isArray(entries) || !(entry instanceof Members)) {
    // The object itself stays: what is in it is harmed, one member after the other.
    return { ...whole, place: { parent: body, at: random.int(body.list.length) } };
  }
  if (level === "entry") {
    return { place: { parent: entries, at: 0 }, list: undefined, kind: level };
  }
  const changes = entry.get("changes");
  const change = Array.isArray(changes) ? changes[0] : undefined;
  const value = change instanceof Members ? change.get("value") : undefined;
  if (!Array.isArray(changes) || !(change instanceof Members) || !(value instanceof Members)) {
    return { place: { parent: entries, at: 0 }, list: undefined, kind: "entry" };
  }
  if (level === "change") return { place: { parent: changes, at: 0 }, list: changes, kind: level };
  const inValue = change.list.findIndex(([key]) => key === "value");
  const valuePlace = { place: { parent: change, at: inValue }, list: changes, kind: "change" };
  if (level === "value") return valuePlace;
  return itemOf(value, random) ?? valuePlace;
}

function itemOf(value: Members, random: Random) {
  const inner = value.get("standby");
  const holder = inner instanceof Members ? inner : value;
  const lists = holder.list.filter(([key, list]) => LISTS.includes(key) && isFilled(list));
  if (lists.length === 0) return null;
  const [name, list] = pick(lists, random);
  if (!Array.isArray(list)) return null;
  // In a standby change an echo has another shape: nothing of ours is put beside it.
  const kind = holder === value ? name : "standby";
  const [element] = list;
  if (kind !== "history" || !(element instanceof Members) || random.chance(0.4)) {
    return { place: { parent: list, at: random.int(list.length) }, list, kind };
  }
  const threads = element.get("threads");
  const thread = Array.isArray(threads) ? threads[0] : undefined;
  const messages = thread instanceof Members ? thread.get("messages") : undefined;
  if (!Array.isArray(messages) || messages.length === 0) {
    return { place: { parent: list, at: 0 }, list, kind };
  }
  return { place: { parent: messages, at: random.int(messages.length) }, list, kind };
}

function isFilled(list: Tree): boolean {
  return Array.isArray(list) && list.length > 0;
}

/** The harmed item a thousand times, each with an id of its own where it has one. */
function repeat(list: Tree | undefined, place: Place, n: number): void {
  if (!Array.isArray(list) || place.parent !== list) return;
  const item = valueAt(place);
  const most = Math.floor(LARGE_BYTES / bytesOf(item, { escaped: true, space: "" }).byteLength);
  for (let time = list.length; time < Math.min(BATCH, most); time += 1) {
    const again = copyOf(item);
    if (again instanceof Members && typeof again.get("id") === "string") {
      again.set("id", `wamid.FX${n}-${time}`);
    }
    list.push(again);
  }
}

/** Some bytes are others, gone, or too many. */
function garbled(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.int(bytes.byteLength);
  const some = Uint8Array.from({ length: 1 + random.int(4) }, () => random.int(256));
  switch (random.int(4)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return joined([bytes.subarray(0, at), some, bytes.subarray(at)]);
    case 2:
      return joined([bytes.subarray(0, at), some, bytes.subarray(at + some.byteLength)]);
    default:
      return joined([bytes, some]);
  }
}

/** Makes the healthy items of one body. */
class Healthful {
  readonly #target: Target;
  readonly #n: number;
  readonly #random: Random;
  #made = 0;

  constructor(target: Target, n: number, random: Random) {
    this.#target = target;
    this.#n = n;
    this.#random = random;
  }

  /** Puts one into the list that the harmed thing stands in, if such a thing may stand there. */
  addTo(list: Tree[], kind: string): Healthy[] {
    const made = this.#itemFor(kind);
    if (made === null) return [];
    list.splice(this.#random.int(list.length + 1), 0, treeOf(made.item));
    return [made.healthy];
  }

  /** Puts an entry with one into the body. */
  addEntry(entries: Tree[]): Healthy[] {
    const made = this.#itemFor("change");
    if (made === null) return [];
    const entry = { id: this.#target.wabaId, changes: [made.item] };
    entries.splice(this.#random.int(entries.length + 1), 0, treeOf(entry));
    return [made.healthy];
  }

  #itemFor(kind: string): { item: unknown; healthy: Healthy } | null {
    switch (kind) {
      case "messages":
        return this.#message();
      case "message_echoes":
        return this.#echo();
      case "state_sync":
        return this.#contact();
      case "history":
        return this.#past();
      case "change":
        return this.#change();
      default:
        return null;
    }
  }

  #change(): { item: unknown; healthy: Healthy } | null {
    const [field, list] = pick(
      [
        ["messages", "messages"],
        ["messages", "messages"],
        ["messages", "messages"],
        ["smb_message_echoes", "message_echoes"],
        ["smb_message_echoes", "message_echoes"],
        ["smb_app_state_sync", "state_sync"],
        ["smb_message_echoes", "message_echoes"],
        ["smb_app_state_sync", "state_sync"],
        ["history", "history"],
      ] as const,
      this.#random,
    );
    const made = this.#itemFor(list);
    if (made === null) return null;
    const { id: phone_number_id, phone: display_phone_number } = this.#target;
    const metadata = { display_phone_number, phone_number_id };
    const value = { messaging_product: "whatsapp", metadata, [list]: [made.item] };
    return { item: { field, value }, healthy: made.healthy };
  }

  #message() {
    const { id, customer, timestamp } = this.#next();
    const item = { id, from: customer, timestamp, type: "text", text: { body: `sound ${id}` } };
    return { item, healthy: this.#healthy("message", id) };
  }

  #echo() {
    const { id, customer, timestamp } = this.#next();
    const text = { body: `sound ${id}` };
    const item = { id, from: this.#target.phone, to: customer, timestamp, type: "text", text };
    return { item, healthy: this.#healthy("echo", id) };
  }

  #past() {
    const { id, customer, timestamp } = this.#next();
    const message = {
      id,
      from: customer,
      timestamp,
      type: "text",
      text: { body: `sound ${id}` },
      history_context: { status: "READ" },
    };
    const item = {
      metadata: { phase: 1, chunk_order: this.#n + 1, progress: 10 },
      threads: [{ id: customer, messages: [message] }],
    };
    return { item, healthy: this.#healthy("past", id) };
  }

  #contact() {
    const { timestamp } = this.#next();
    const phone_number = `49155600${String(this.#n).padStart(6, "0")}${this.#made}`;
    const item = {
      type: "contact",
      action: "add",
      contact: { full_name: `Sound ${this.#n}`, first_name: "Sound", phone_number },
      metadata: { timestamp },
    };
    const healthy = { ...this.#healthy("contact", phone_number), customer: phone_number };
    return { item, healthy };
  }

  #next() {
    this.#made += 1;
    const timestamp = String(1_795_300_000 + (this.#n % 80_000));
    const id = `wamid.SOUND${this.#n}-${this.#made}`;
    return { id, customer: healthyCustomer(this.#n), timestamp };
  }

  #healthy(kind: Healthy["kind"], id: string): Healthy {
    return { kind, number: this.#target.id, customer: healthyCustomer(this.#n), id };
  }
}
