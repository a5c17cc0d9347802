import { sha256Hex } from "../lib/ids.ts";
import { readCustomer } from "./customer-ref.ts";
import { asObject, asText, asTime } from "./read-json.ts";
import type { ItemContext, Unusable } from "./message-facts.ts";
import type { PreferenceFact } from "./facts.ts";

/** Reads one element of `user_preferences`. Source: protocol.md 2.9. */
export function readPreference(item: unknown, context: ItemContext): PreferenceFact | Unusable {
  const entry = asObject(item);
  const category = asText(entry?.["category"]);
  const value = asText(entry?.["value"]);
  if (entry === undefined || category === undefined || value === undefined) {
    return { unusable: "malformed" };
  }
  const customer = readCustomer(
    { phone: entry["wa_id"], bsuid: entry["user_id"] },
    context.contacts,
  );
  if (customer === undefined) return { unusable: "no_customer" };
  return {
    kind: "preference",
    key: `p:${sha256Hex(JSON.stringify(entry)).slice(0, 32)}`,
    at: asTime(entry["timestamp"]) ?? context.receivedAt,
    customer,
    category,
    value: value.toLowerCase(),
  };
}
