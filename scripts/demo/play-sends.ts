import type { Business } from "../../simulator/simulator.ts";
import type { World } from "./world.ts";

export interface Sends {
  accepted: string[];
  refusedWindow: number;
  /** Neither accepted nor refused for the window: what went wrong, for the report. */
  other: string[];
}

/** Some wait for their answer, the rest is queued and drained at the number's pace. */
const WAITING_SHARE = 0.2;
const STRANGERS = 5;

/** Free text to customers who never wrote (refused), then to everybody who did (sent). */
export async function playSends(world: World, business: Business): Promise<Sends> {
  const sends: Sends = { accepted: [], refusedWindow: 0, other: [] };
  for (let index = 0; index < STRANGERS; index++) {
    const answer = await world.partner.send(
      business.phoneNumberId,
      textTo(`1555019${String(9_000 + index)}`, index),
    );
    if (answer.code === 131047) sends.refusedWindow += 1;
    else sends.other.push(`stranger: ${answer.status}/${answer.code}`);
  }
  const waiting = Math.round(business.customers.length * WAITING_SHARE);
  await Promise.all(
    business.customers.map(async (customer, index) => {
      const headers: Record<string, string> =
        index < waiting ? { prefer: "wait=30" } : { prefer: "respond-async" };
      const body = textTo(customer.phone, index);
      const send = () => world.partner.send(business.phoneNumberId, body, headers);
      let answer = await send();
      // Busy: nothing was sent and nothing is queued, so a partner's backend tries again.
      for (let again = 0; answer.status === 429 && again < 5; again++) answer = await send();
      if (answer.sendId !== null && answer.code === null) sends.accepted.push(answer.sendId);
      else sends.other.push(`customer ${index}: ${answer.status}/${answer.code}`);
    }),
  );
  return sends;
}

function textTo(phone: string, index: number) {
  return {
    messaging_product: "whatsapp",
    to: `+${phone}`,
    type: "text",
    text: { body: `We are open until eight (${index + 1}).` },
    biz_opaque_callback_data: `demo-${index + 1}`,
  };
}
