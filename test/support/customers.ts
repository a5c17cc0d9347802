import { change, inbound, newWamid, seconds, textMessage } from "./webhooks.ts";
import { rowsOf } from "./storage.ts";
import type { Partner, TestNumber } from "./seed.ts";

/** Whom a webhook names, each absent where Meta leaves it out. */
export interface Names {
  phone?: string;
  bsuid?: string;
}

/** A customer's text that names its writer by phone, BSUID or both, with a profile where it has a name. */
export function messageFrom(
  number: TestNumber,
  names: Names,
  options: { wamid?: string; at?: number; name?: string; extra?: Record<string, unknown> } = {},
) {
  const { phone, bsuid } = names;
  const { wamid = newWamid("in"), at = Date.now(), name, extra } = options;
  const ids = { from: phone, ...(bsuid === undefined ? {} : { from_user_id: bsuid }) };
  const messages = [{ ...textMessage({ wamid, at }), ...ids, ...extra }];
  const profile = { profile: { name }, wa_id: phone, user_id: bsuid };
  return change(number, "messages", {
    messages,
    ...(name === undefined ? {} : { contacts: [profile] }),
  });
}

/** The `system` message of a change of number or BSUID, with `from`, where Meta gives it. */
export function customerChange(
  number: TestNumber,
  from: string | undefined,
  system: Record<string, unknown>,
  at = Date.now(),
  id = newWamid("system"),
) {
  const type = "user_changed_number";
  return inbound(number, {
    ...(from === undefined ? {} : { from }),
    id,
    timestamp: seconds(at),
    type: "system",
    system: { body: "changed", type, ...system },
  });
}

/** One change of the phone's address book; without a name, a removal. */
export function contactChange(
  number: TestNumber,
  ids: Record<string, unknown>,
  name: string | null,
  at = Date.now(),
) {
  return change(number, "smb_app_state_sync", {
    state_sync: [
      {
        type: "contact",
        action: name === null ? "remove" : "add",
        contact: { ...(name === null ? {} : { full_name: name }), ...ids },
        metadata: { timestamp: seconds(at) },
      },
    ],
  });
}

/** What the API shows of a customer's thread. */
export async function wamidsOf(partner: Partner, number: TestNumber, customer: string) {
  const { data } = await partner.read<{ data: { wamid: string }[] }>(
    `/v1/senders/${number.id}/messages?customer=${encodeURIComponent(customer)}`,
  );
  return data.map(({ wamid }) => wamid).toSorted();
}

/** The customers that a table has rows of. */
export async function customersIn(number: TestNumber, table: string) {
  return (await rowsOf(number, table)).map((row) => String(row["customer"])).toSorted();
}
