import { readCustomer } from "./customer-ref.ts";
import { asObject, asText, asTime } from "./read-json.ts";
import type { HandoverFact, ThreadOwner } from "./facts.ts";
import type { Json } from "./read-json.ts";

/** The role of Meta's own responder, the Business Agent. A gateway's partner never has it. */
const AGENT = "ai_agent";

/**
 * Reads the value of a `messaging_handovers` change, whatever of it is there. Source: protocol.md
 * 2.10 and Meta's reference of the field; every part of it may be absent.
 *
 * @param receivedAt epoch ms, for one without a time of its own
 */
export function readHandover(value: Json, receivedAt: number): Omit<HandoverFact, "key"> {
  const sender = asObject(value["sender"]);
  const ids = { phone: sender?.["phone_number"] ?? sender?.["wa_id"], bsuid: sender?.["user_id"] };
  const owner = ownerAfter(value);
  return {
    kind: "handover",
    at: asTime(value["timestamp"]) ?? receivedAt,
    customer: readCustomer(ids, value["contacts"]) ?? {},
    ...(owner === undefined ? {} : { owner }),
    detail: value,
  };
}

/**
 * Who holds the thread after a handover. Meta names roles, and never says which is ours; so this is
 * an inference:
 * - whoever is named the new owner as `ai_agent` is the Business Agent: another's;
 * - `control_passed` otherwise goes to the app that the thread is passed to: ours;
 * - `control_taken` from the `ai_agent` was taken by whoever else answers, which is us: Meta says so
 *   also after a send of ours that took the thread, and reading that as a loss would lock us out of
 *   what we just took. Taken from any other role, it was taken from us;
 * - any other type says nothing that we know.
 * Where a third responder makes this wrong, the next message of the customer tells: it comes as a
 * `standby` item or as an ordinary one.
 */
function ownerAfter(value: Json): ThreadOwner | undefined {
  const type = asText(value["type"]);
  const told = asObject(value[type ?? ""]);
  switch (type) {
    case "control_passed":
      return asText(told?.["new_owner_role"]) === AGENT ? "other" : "tandem";
    case "control_taken": {
      const fromAgent = asText(told?.["previous_owner_role"]) === AGENT;
      const toAgent = asText(told?.["new_owner_role"]) === AGENT;
      return fromAgent && !toAgent ? "tandem" : "other";
    }
    case undefined:
    default:
      return undefined;
  }
}
