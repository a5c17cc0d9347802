import { shuffled } from "../../simulator/random.ts";
import type { Random } from "../../simulator/random.ts";

type Json = Record<string, unknown>;

/** One thing that Meta tells, out of whatever webhook it came in. */
type Told = {
  field: string;
  /** `messaging_product` and `metadata`, as text. */
  head: string;
  wabaId: string;
  /** The list it stands in. */
  list: string;
  item: Json;
  /** The profiles beside it that are its own. */
  contacts: Json[];
};

/** A message of a history chunk, with the thread it stands in. */
type Past = { thread: Json; message: Json };

type Chunks = {
  head: string;
  wabaId: string;
  phases: Map<number | null, Past[]>;
  /** What stood beside threads. */
  errors: Json[];
};

const LISTS = ["messages", "statuses", "message_echoes", "state_sync"];

/** Shares are 0 to 1. */
export interface Mix {
  /** Things that come a second time. */
  duplicates: number;
  /** How far a thing may stray from its place, as a share of all: 0 = none, 1 = anywhere. */
  stray: number;
  /** At most this many things in a webhook. */
  together: number;
  /** History messages in a chunk. */
  chunk: number;
}

/** A mix of everything that Meta may do to the order and the shape of webhooks. */
export function drawMix(random: Random): Mix {
  return {
    duplicates: random.next() * 0.4,
    stray: random.next() < 0.3 ? 1 : random.next() * 0.3,
    together: 1 + random.int(12),
    chunk: 8 + random.int(60),
  };
}

/**
 * The same things in other webhooks: some twice, in another order, several of them in a change,
 * several changes in an entry, several entries in a body; chunks of history cut elsewhere, numbered
 * anew inside their phase as Meta numbers them, several in one change.
 *
 * @param bodies webhook bodies as text
 */
export function mixWebhooks(bodies: readonly string[], mix: Mix, random: Random): string[] {
  const { told, chunks } = takeApart(bodies);
  const parts: Part[] = [
    ...told.map((each) => ({ told: each })),
    ...recut(chunks, mix, random).map((element) => ({ element, ...headOf(chunks) })),
  ];
  const twice = parts.filter(() => random.chance(mix.duplicates));
  const all = [...strayed(parts, mix.stray, random), ...strayed(twice, 1, random)];
  return gather(strayed(all, mix.stray, random), mix, random);
}

type Part = { told: Told } | { element: Json; head: string; wabaId: string };

function headOf({ head, wabaId }: Chunks) {
  return { head, wabaId };
}

function takeApart(bodies: readonly string[]): { told: Told[]; chunks: Chunks } {
  const told: Told[] = [];
  const chunks: Chunks = { head: "{}", wabaId: "", phases: new Map(), errors: [] };
  for (const { id: wabaId, changes } of bodies.flatMap(entriesOf)) {
    for (const { field, value } of changes) {
      const { messaging_product, metadata } = value;
      const head = JSON.stringify({ messaging_product, metadata });
      for (const list of LISTS) {
        for (const item of (value[list] ?? []) as Json[]) {
          const contacts = ((value["contacts"] ?? []) as Json[]).filter((each) =>
            Object.values(item).some((id) => id === each["wa_id"] || id === each["user_id"]),
          );
          told.push({ field, head, wabaId, list, item, contacts });
        }
      }
      for (const element of (value["history"] ?? []) as Json[]) {
        Object.assign(chunks, { head, wabaId });
        const phase = (element["metadata"] as { phase?: number } | undefined)?.phase ?? null;
        const past = chunks.phases.get(phase) ?? [];
        for (const { messages, ...thread } of element["threads"] as (Json & {
          messages: Json[];
        })[]) {
          past.push(...messages.map((message) => ({ thread, message })));
        }
        chunks.phases.set(phase, past);
        chunks.errors.push(...((element["errors"] ?? []) as Json[]));
      }
    }
  }
  return { told, chunks };
}

function entriesOf(body: string) {
  return (
    JSON.parse(body) as {
      entry: { id: string; changes: { field: string; value: Json }[] }[];
    }
  ).entry;
}

function recut({ phases, errors }: Chunks, mix: Mix, random: Random): Json[] {
  const elements = [...phases].flatMap(([phase, past]) => {
    const cuts: Past[][] = [];
    for (let at = 0; at < past.length;) {
      const size = 1 + random.int(2 * mix.chunk);
      cuts.push(past.slice(at, at + size));
      at += size;
    }
    return cuts.map((cut, at): Json => {
      const progress = at === cuts.length - 1 ? 100 : Math.floor((100 * at) / cuts.length);
      const threads = Map.groupBy(cut, ({ thread }) => JSON.stringify(thread));
      return {
        ...(phase === null ? {} : { metadata: { phase, chunk_order: at + 1, progress } }),
        threads: [...threads.values()].map((list) => ({
          ...list[0]?.thread,
          messages: shuffled(
            list.map(({ message }) => message),
            random,
          ),
        })),
      };
    });
  });
  for (const error of errors) {
    const element = elements[random.int(elements.length)];
    if (element !== undefined) element["errors"] = [error];
  }
  return elements;
}

function strayed<T>(items: readonly T[], stray: number, random: Random): T[] {
  const reach = stray * items.length;
  return items
    .map((item, at) => ({ item, key: at + random.next() * reach }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** Neighbours into one webhook: those of one list into one change, or each into its own. */
function gather(parts: readonly Part[], mix: Mix, random: Random): string[] {
  const bodies: string[] = [];
  for (let at = 0; at < parts.length;) {
    const size = 1 + random.int(mix.together);
    const changes = new Map<string, { wabaId: string; field: string; value: Json }>();
    for (const [place, part] of parts.slice(at, at + size).entries()) {
      const alone = random.chance(0.2) ? `${place}` : "";
      const field = "told" in part ? part.told.field : "history";
      const list = "told" in part ? part.told.list : "history";
      const { head, wabaId } = "told" in part ? part.told : part;
      const key = `${field}|${field === "messages" ? "" : list}|${alone}`;
      const change = changes.get(key) ?? { wabaId, field, value: JSON.parse(head) as Json };
      const members = (change.value[list] ?? []) as Json[];
      members.push("told" in part ? part.told.item : part.element);
      change.value[list] = members;
      if ("told" in part && part.told.contacts.length > 0) {
        const known = (change.value["contacts"] ?? []) as Json[];
        change.value["contacts"] = [...known, ...part.told.contacts];
      }
      changes.set(key, change);
    }
    bodies.push(JSON.stringify({ object: "whatsapp_business_account", entry: entries(changes) }));
    at += size;
  }
  return bodies;

  function entries(changes: Map<string, { wabaId: string; field: string; value: Json }>) {
    const list = [...changes.values()].map(({ wabaId, field, value }) => ({
      id: wabaId,
      changes: [{ field, value }],
    }));
    const [first] = list;
    const inOne = first !== undefined && random.chance(0.5);
    return inOne ? [{ id: first.id, changes: list.flatMap(({ changes: own }) => own) }] : list;
  }
}
