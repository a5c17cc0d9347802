import { Agent } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { post, prepareJson } from "../lib/post.ts";
import { templateTo } from "../lib/send-world.ts";
import type { Business } from "../../simulator/simulator.ts";
import type { EventReceiver } from "../lib/event-receiver.ts";
import type { BesideWorld } from "../lib/beside-world.ts";
import type { Sent } from "../lib/status-webhooks.ts";

const PATIENCE_MS = 30_000;

/** One of the two designs: how it is called, and where it tells the partner. */
export interface Side {
  name: "tandem" | "naive";
  /** Answers `/bill`. */
  worker: URL;
  webhook: URL;
  receiver: EventReceiver;
  /** A template to a customer. Resolves when Meta has it. @throws Error when Meta does not get it */
  send(business: Business, phone: string): Promise<Sent>;
}

export function tandemSide(world: BesideWorld, receiver: EventReceiver): Side {
  const agent = new Agent({ keepAlive: true });
  return {
    name: "tandem",
    worker: new URL(world.gatewayUrl),
    webhook: new URL(`${world.gatewayUrl}/webhooks/meta`),
    receiver,
    async send(business, phone) {
      const url = new URL(`${world.gatewayUrl}/v24.0/${business.phoneNumberId}/messages`);
      const answer = await post(agent, url, prepareJson(world.partnerKey, templateTo(phone)));
      if (answer.status !== 200) throw new Error(`A send was answered ${answer.text}`);
      const { messages } = JSON.parse(answer.text) as { messages: [{ id: string }] };
      return {
        phone,
        wamid: messages[0].id,
        callbackData: String(answer.headers["tandem-send-id"]),
      };
    },
  };
}

export function naiveSide(world: BesideWorld, worker: URL, receiver: EventReceiver): Side {
  const { simulator } = world;
  return {
    name: "naive",
    worker,
    webhook: worker,
    receiver,
    async send(business, phone) {
      const before = simulator.ledger.sends.length;
      const body = {
        number: business.phoneNumberId,
        token: simulator.issueToken(business),
        body: templateTo(phone),
      };
      await fetch(new URL("/send", worker), { method: "POST", body: JSON.stringify(body) });
      const isIt = (send: { recipient: string }) => send.recipient.endsWith(phone);
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const send = simulator.ledger.sends.slice(before).find(isIt);
        if (send !== undefined) return { phone, wamid: send.wamid };
        if (performance.now() > deadline) throw new Error("The naive design's send never came.");
        await wait(20);
      }
    },
  };
}
