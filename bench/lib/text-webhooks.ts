import { randomBytes } from "node:crypto";
import { signPost } from "./sign-post.ts";
import type { Business } from "../../simulator/simulator.ts";
import type { PreparedPost } from "./post.ts";

export interface TextWebhook extends PreparedPost {
  wamid: string;
  phoneNumberId: string;
  /** Phone digits of who wrote. */
  from: string;
}

/** What people write here about. */
export const WORDS =
  "hello could you tell me whether the green one is still there and until when you are open".split(
    " ",
  );

/**
 * Signed webhooks with one live text message each, as Meta posts them: distinct wamids, stamped
 * now, spread evenly over the numbers and over each number's customers.
 */
export function makeTextWebhooks(
  numbers: readonly Business[],
  count: number,
  appSecret: string,
): TextWebhook[] {
  const batch = randomBytes(6).toString("hex");
  const timestamp = String(Math.floor(Date.now() / 1_000));
  return Array.from({ length: count }, (_, index) => {
    const number = numbers[index % numbers.length];
    if (number === undefined) throw new Error("There are no numbers to write to.");
    const turn = Math.floor(index / numbers.length);
    const customer = number.customers[turn % number.customers.length];
    if (customer === undefined) throw new Error("The number has no customers.");
    const wamid = `wamid.${Buffer.from(`${customer.phone}:${batch}:${index}`).toString("base64")}`;
    const words = Array.from({ length: 12 }, (_unused, at) => WORDS[(index + at) % WORDS.length]);
    const value = {
      messaging_product: "whatsapp",
      metadata: {
        display_phone_number: number.displayPhoneNumber,
        phone_number_id: number.phoneNumberId,
      },
      contacts: [
        { profile: { name: customer.name }, wa_id: customer.phone, user_id: customer.bsuid },
      ],
      messages: [
        {
          from: customer.phone,
          from_user_id: customer.bsuid,
          id: wamid,
          timestamp,
          type: "text",
          text: { body: words.join(" ") },
        },
      ],
    };
    const entry = [{ id: number.wabaId, changes: [{ field: "messages", value }] }];
    const payload = { object: "whatsapp_business_account", entry };
    return {
      wamid,
      phoneNumberId: number.phoneNumberId,
      from: customer.phone,
      ...signPost(payload, appSecret),
    };
  });
}
