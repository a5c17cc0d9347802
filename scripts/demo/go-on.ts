import { setTimeout as sleep } from "node:timers/promises";
import type { Business } from "../../simulator/simulator.ts";
import type { EventReader } from "./event-reader.ts";
import type { DemoEvent } from "./tandem-client.ts";
import type { World } from "./world.ts";

const QUESTIONS = ["Do you deliver?", "Is the blue one in stock?", "Can I pick it up at six?"];
const PACE_MS = 3_000;

/** Keeps a little traffic going and prints one line per event, until `stopped`. */
export async function goOn(
  world: World,
  business: Business,
  reader: EventReader,
  stopped: AbortSignal,
): Promise<void> {
  for (let turn = 0; !stopped.aborted; turn++) {
    const customer = business.customers[turn % business.customers.length];
    if (customer === undefined) return;
    const body = QUESTIONS[turn % QUESTIONS.length] ?? "Hello?";
    world.simulator.customerWrites(business, { from: customer.phone, body });
    if (turn % 3 === 1) {
      world.simulator.ownerWrites(business, { to: customer.phone, body: "Yes, until eight." });
    } else if (turn % 3 === 2) {
      await world.partner.send(business.phoneNumberId, {
        messaging_product: "whatsapp",
        to: `+${customer.phone}`,
        type: "text",
        text: { body: "Yes. Shall I put it aside for you?" },
      });
    }
    for (let wait = 0; wait < PACE_MS && !stopped.aborted; wait += 250) {
      await sleep(250);
      for (const event of await reader.read()) console.log(describe(event));
    }
  }
}

/** One line: when, what, who, and what was said. The people in it are the simulator's. */
export function describe(event: DemoEvent): string {
  const { customer, text, status, outcome, message_type } = event.data as {
    customer?: { phone?: string; bsuid?: string };
    text?: { body?: string };
    status?: string;
    outcome?: string;
    message_type?: string;
  };
  const who = customer?.phone ?? customer?.bsuid ?? "";
  const what = text?.body ?? status ?? outcome ?? message_type ?? "";
  return `  ${event.at.slice(11, 19)}  ${event.type.padEnd(18)} ${who.padEnd(14)} ${what}`;
}
