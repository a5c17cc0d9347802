import { change, CUSTOMER, newWamid, seconds } from "./webhooks.ts";
import type { TestNumber } from "./seed.ts";

/** What happens in a thread that another responder of the number holds. */
export function standby(number: TestNumber, items: Record<string, unknown>) {
  return change(number, "standby", { standby: items });
}

/** A message that another responder sent, as Meta tells us of it: the body of its request. */
export function responderEcho(
  options: { wamid?: string; at?: number; to?: string; body?: string } = {},
) {
  return {
    id: options.wamid ?? newWamid("responder"),
    timestamp: seconds(options.at ?? Date.now()),
    message: {
      messaging_product: "whatsapp",
      to: options.to ?? CUSTOMER,
      type: "text",
      text: { body: options.body ?? "I am the agent, one moment." },
    },
  };
}

/** A thread that changed hands. */
export function handover(
  number: TestNumber,
  type: "control_passed" | "control_taken",
  options: { at?: number; from?: string; to?: string; customer?: string } = {},
) {
  return {
    object: "whatsapp_business_account",
    entry: [
      {
        id: number.wabaId,
        changes: [
          {
            field: "messaging_handovers",
            value: {
              messaging_product: "whatsapp",
              sender: { phone_number: options.customer ?? CUSTOMER },
              recipient: { phone_number_id: number.id, display_phone_number: number.phone },
              timestamp: seconds(options.at ?? Date.now()),
              type,
              [type]: {
                previous_owner_role: options.from ?? "ai_agent",
                new_owner_role: options.to ?? "escalation",
                metadata: "asked for a person",
              },
            },
          },
        ],
      },
    ],
  };
}
