import { setTimeout as sleep } from "node:timers/promises";
import type { Business } from "../../simulator/simulator.ts";
import type { World } from "./world.ts";

export interface LiveTraffic {
  /** wamids that customers wrote, and that the owner typed in the app. */
  inbound: string[];
  echoes: string[];
}

/**
 * Customers write and the owner answers from the phone: every customer once, so that every window
 * opens; some messages are edited or taken back.
 */
export async function playLive(
  world: World,
  business: Business,
  options: {
    /** Some customers withhold their phone: known from history, or they would be strangers. */
    withheldPhones: boolean;
  },
): Promise<LiveTraffic> {
  const { simulator } = world;
  const traffic: LiveTraffic = { inbound: [], echoes: [] };
  for (const [index, customer] of business.customers.entries()) {
    const from = customer.phone;
    const bsuidOnly = options.withheldPhones && index % 17 === 16;
    const written = simulator.customerWrites(business, {
      from,
      type: index % 9 === 8 ? "image" : "text",
      body: `Question ${index + 1}: until when are you open today?`,
      ...(bsuidOnly ? { bsuidOnly } : {}),
    });
    traffic.inbound.push(written.wamid);
    if (index % 4 === 0) {
      const echo = simulator.ownerWrites(business, { to: from, body: "Until eight." });
      traffic.echoes.push(echo.wamid);
      if (index % 12 === 0) {
        simulator.ownerWrites(business, {
          to: from,
          type: "edit",
          originalWamid: echo.wamid,
          body: "Until nine.",
        });
      }
    }
    if (index % 15 === 14) {
      simulator.customerRevokes(business, { from, originalWamid: written.wamid });
    }
    if (index % 5 === 4) await sleep(50);
  }
  await simulator.idle();
  return traffic;
}
