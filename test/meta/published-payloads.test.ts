/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from "vitest";
import { asArray, asDigits, asObject, asObjects, asText } from "../../src/meta/read-json.ts";
import { importNumber, seedPartner, services } from "../support/seed.ts";
import {
  archiveKeys,
  consumeByHand,
  historyStored,
  rowsOf,
  runObjectSql,
  snapshot,
} from "../support/storage.ts";
import { webhook } from "../support/webhooks.ts";
import { env } from "cloudflare:workers";
import type { Json } from "../../src/meta/read-json.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

/*
 * Bodies as Meta publishes them lie beside the checkout, not in it; without them these tests are
 * skipped. What must hold of every one of them is said here without looking at how it is read.
 */
const FILES = import.meta.glob<string>("../../../shared/payloads/meta/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});
const NAMES = Object.keys(FILES).map((path) => path.slice(path.lastIndexOf("/") + 1));

interface Item {
  field: string;
  list: string;
  item: Json;
}

const LISTS = ["messages", "statuses", "message_echoes", "state_sync"];

/** Every item of every list of a body, the threads of history among them. */
function listItems(payload: Json): Item[] {
  return listChanges(payload).flatMap(({ field, value }) => [
    ...LISTS.flatMap((list) => asObjects(value[list]).map((item) => ({ field, list, item }))),
    ...asObjects(value["history"])
      .flatMap((element) => asObjects(element["threads"]))
      .flatMap((thread) => asObjects(thread["messages"]))
      .map((item) => ({ field, list: "threads", item })),
  ]);
}

function listChanges(payload: Json): { field: string; value: Json }[] {
  return asObjects(payload["entry"])
    .flatMap((entry) => asObjects(entry["changes"]))
    .map((change) => ({
      field: String(change["field"] ?? asObject(change["value"])?.["field"]),
      value: asObject(change["value"]) ?? {},
    }));
}

/** The sender a body is about, with the very ids it carries, placeholders and all. */
function numberOf(payload: Json): TestNumber {
  const changes = listChanges(payload);
  const [entry] = asObjects(payload["entry"]);
  const metadata = changes.map(({ value }) => asObject(value["metadata"])).find(Boolean);
  const info = changes.map(({ value }) => asObject(value["waba_info"])).find(Boolean);
  const display = metadata?.["display_phone_number"] ?? changes[0]?.value["display_phone_number"];

  return {
    id: asText(metadata?.["phone_number_id"]) ?? "314000000000001",
    wabaId: asText(info?.["waba_id"]) ?? asText(entry?.["id"]) ?? "214000000000001",
    phone: asDigits(display) ?? "15550140001",
  };
}

interface Kept {
  messages: Json[];
  contacts: Json[];
  events: { type: string; data: Record<string, unknown> }[];
  raw: string[];
}

async function readKept(partner: Partner, number: TestNumber): Promise<Kept> {
  const unrouted = await Promise.all(
    [env.DB, env.DB_1].map((database) =>
      database.prepare(`SELECT raw FROM unrouted`).all<{ raw: string }>(),
    ),
  );
  return {
    messages: await rowsOf(number, "messages"),
    contacts: await rowsOf(number, "contacts"),
    events: await partner.events(),
    raw: unrouted.flatMap(({ results }) => results.map((row) => row.raw)),
  };
}

/** Where an item went: `null` is nowhere. */
function findItem(kept: Kept, { list, item }: Item): string | null {
  const id = typeof item["id"] === "string" ? item["id"] : "";
  const row = kept.messages.find((each) => each["wamid"] === id && id !== "");
  if (kept.raw.some((raw) => raw.includes(JSON.stringify(item)))) return "raw";
  if (list === "state_sync") return kept.contacts.length > 0 ? "contact" : null;
  if (list === "statuses") return row?.["status"] === item["status"] ? "status" : null;
  if (row !== undefined && row["type"] === item["type"]) return "message";
  const change = asObject(item[String(item["type"])]);
  const target = kept.messages.find((each) => each["wamid"] === change?.["original_message_id"]);
  if (target?.["edited_at"] != null || target?.["revoked_at"] != null) return "change";
  if (item["type"] === "system") {
    return kept.events.some(({ type }) => type === "customer.changed") ? "customer" : null;
  }
  return null;
}

const isGroup = ({ item }: Item) =>
  item["group_id"] !== undefined || item["recipient_type"] === "group";

describe.skipIf(NAMES.length === 0)("a body as Meta publishes it", () => {
  it.each(NAMES)(
    "%s is a 200, every item stored or kept raw, nothing filed as what it is not",
    async (name) => {
      const text = FILES[`../../../shared/payloads/meta/${name}`] ?? "";
      const payload = JSON.parse(text) as Json;
      const partner = await seedPartner();
      const number = numberOf(payload);
      await importNumber(partner, number, Date.UTC(2015, 0, 1));
      expect((await webhook(text)).status).toBe(200);
      await services().phone(number.id).flushed();
      for (const key of await archiveKeys("inbox/"))
        await consumeByHand("tandem-history", [{ key }]);
      const chunks = await rowsOf(number, "history_chunks");
      await historyStored(number, chunks.length);

      const kept = await readKept(partner, number);
      const items = listItems(payload);
      const lost = items.filter((item) => findItem(kept, item) === null);
      expect(lost).toEqual([]);
      // What has no items (an account's fields, a strange body) is told, kept, or a word about history.
      const told = kept.events.filter(({ type }) => type !== "sender.connected");
      if (items.length === 0) expect(told.length + kept.raw.length).toBeGreaterThan(0);

      const live = items.filter((item) => !isGroup(item));
      const heard = live.filter(
        ({ field, list, item }) =>
          field === "messages" &&
          list === "messages" &&
          !["reaction", "system", "edit", "revoke"].includes(String(item["type"])),
      );
      const messages = kept.events.filter(({ type }) => type.startsWith("message."));
      const windows = await runObjectSql(number.id, `SELECT customer FROM windows`);
      if (heard.length === 0) expect(windows).toEqual([]);
      if (live.every(({ field }) => field === "history")) {
        expect(messages).toEqual([]);
        expect(kept.messages.every((row) => row["historical"] === 1)).toBe(true);
      }
      for (const { data } of messages) {
        const id = data["wamid"];
        expect(live.some(({ item }) => JSON.stringify(item).includes(JSON.stringify(id)))).toBe(
          true,
        );
      }

      const once = await snapshot(number);
      expect((await webhook(text)).status).toBe(200);
      await services().phone(number.id).flushed();
      for (const key of await archiveKeys("inbox/"))
        await consumeByHand("tandem-history", [{ key }]);
      expect(await snapshot(number)).toEqual(once);
    },
  );
});

describe.skipIf(NAMES.length > 0)("bodies as Meta publishes them", () => {
  it.skip("are not beside this checkout (../shared/payloads/meta): not tested here", () => {
    expect(asArray(NAMES)).toEqual([]);
  });
});
