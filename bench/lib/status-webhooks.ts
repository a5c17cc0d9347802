import { signPost } from "./sign-post.ts";
import type { Business } from "../../simulator/simulator.ts";
import type { PreparedPost } from "./post.ts";

/** A send that Meta took. */
export interface Sent {
  phone: string;
  wamid: string;
  /** What Meta says back with each status: our id. */
  callbackData?: string | undefined;
}

/** Signed webhooks with one status each, as Meta posts them: all sent, then delivered, then read. */
export function makeStatusWebhooks(
  business: Business,
  sent: readonly Sent[],
  appSecret: string,
): PreparedPost[] {
  return ["sent", "delivered", "read"].flatMap((status) =>
    sent.map(({ phone, wamid, callbackData }) => {
      const value = {
        messaging_product: "whatsapp",
        metadata: {
          display_phone_number: business.displayPhoneNumber,
          phone_number_id: business.phoneNumberId,
        },
        statuses: [
          {
            id: wamid,
            status,
            timestamp: String(Math.floor(Date.now() / 1_000)),
            recipient_id: phone,
            biz_opaque_callback_data: callbackData,
            pricing: { billable: true, pricing_model: "PMP", category: "utility", type: "regular" },
          },
        ],
      };
      const entry = [{ id: business.wabaId, changes: [{ field: "messages", value }] }];
      return signPost({ object: "whatsapp_business_account", entry }, appSecret);
    }),
  );
}
