import { sha256Hex } from "../lib/ids.ts";
import { dropAbsent } from "./customer-ref.ts";
import { asObject, asText, asTime } from "./read-json.ts";
import type { DetectionFact } from "./facts.ts";
import type { ItemContext, Unusable } from "./message-facts.ts";

/** Reads one element of `automatic_events`. Source: protocol.md 5.3. */
export function readDetection(item: unknown, context: ItemContext): DetectionFact | Unusable {
  const entry = asObject(item);
  const wamid = asText(entry?.["id"]);
  if (entry === undefined || wamid === undefined) return { unusable: "no_id" };
  const name = asText(entry["event_name"]);
  if (name === undefined) return { unusable: "unknown_type" };
  const custom = asObject(entry["custom_data"]);
  const value = Number(asText(custom?.["value"]) ?? Number.NaN);
  return dropAbsent({
    kind: "detection",
    // Also what it says: a customer can buy twice.
    key: `d:${wamid}:${sha256Hex(JSON.stringify(entry)).slice(0, 16)}`,
    wamid,
    at: asTime(entry["timestamp"]) ?? context.receivedAt,
    name,
    ctwaClid: asText(entry["ctwa_clid"]),
    currency: asText(custom?.["currency"]),
    value: Number.isFinite(value) ? value : undefined,
  } as const);
}
