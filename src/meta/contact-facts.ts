import { sha256Hex } from "../lib/ids.ts";
import { dropAbsent, readCustomer } from "./customer-ref.ts";
import { asObject, asText, asTime } from "./read-json.ts";
import type { Fact } from "./facts.ts";
import type { ItemContext, Unusable } from "./message-facts.ts";

/** Reads one element of `state_sync`: a change of the phone's address book (protocol.md 2.4). */
export function readContact(item: unknown, context: ItemContext): Fact | Unusable {
  const entry = asObject(item);
  const contact = asObject(entry?.["contact"]);
  if (entry === undefined || entry["type"] !== "contact" || contact === undefined) {
    return { unusable: "unknown_type" };
  }
  const action = asText(entry["action"]);
  if (action !== "add" && action !== "remove") return { unusable: "unknown_type" };
  const customer = readCustomer(
    { phone: contact["phone_number"], bsuid: contact["user_id"] },
    undefined,
  );
  if (customer === undefined) return { unusable: "no_customer" };
  const at = asTime(asObject(entry["metadata"])?.["timestamp"]) ?? context.receivedAt;
  const username = asText(contact["username"]);
  return dropAbsent({
    kind: "contact",
    key: `c:${sha256Hex(JSON.stringify([at, action, contact])).slice(0, 32)}`,
    at,
    removed: action === "remove",
    customer: username === undefined ? customer : { ...customer, username },
    fullName: asText(contact["full_name"]),
    firstName: asText(contact["first_name"]),
  } as const);
}
