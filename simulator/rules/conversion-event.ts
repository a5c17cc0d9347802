import type { Refusal } from "./refusal.ts";

/** What may be reported of a WhatsApp conversation (protocol.md 5.2). */
const NAMES = new Set(
  (
    "Purchase LeadSubmitted InitiateCheckout AddToCart ViewContent OrderCreated OrderShipped " +
    "OrderDelivered OrderCanceled OrderReturned CartAbandoned QualifiedLead RatingProvided " +
    "ReviewProvided"
  ).split(" "),
);

/** An event is at most so old (protocol.md 5.2). */
export const CONVERSION_AGE_MS = 7 * 24 * 60 * 60 * 1000;
/** Clocks differ. */
const AHEAD_MS = 10 * 60 * 1000;

export const NAME_REFUSED = 2_804_066;
export const CLICK_UNKNOWN = 2_804_087;

/** One element of `data`, as far as rules read it; the rest may be anything. */
export type ConversionEvent = {
  event_name?: unknown;
  event_time?: unknown;
  action_source?: unknown;
  messaging_channel?: unknown;
  user_data?: { whatsapp_business_account_id?: unknown; ctwa_clid?: unknown };
  custom_data?: Record<string, unknown>;
};

/**
 * What the Conversions API takes of a WhatsApp conversation (protocol.md 5.2). Where Meta does not
 * publish a subcode there is none.
 *
 * @param account the dataset's, with the clicks on its ads
 * @param now simulated epoch ms
 */
export function refuseConversion(
  event: ConversionEvent,
  account: { wabaId: string; adClicks: ReadonlyMap<string, unknown> },
  now: number,
): Refusal | null {
  const no = (details: string, subcode?: number): Refusal => ({
    code: 100,
    ...(subcode === undefined ? {} : { subcode }),
    details,
  });
  if (event.action_source !== "business_messaging" || event.messaging_channel !== "whatsapp") {
    return no("action_source must be business_messaging, messaging_channel whatsapp");
  }
  const { event_name: name, event_time: time, user_data: user, custom_data: custom } = event;
  if (typeof name !== "string" || !NAMES.has(name)) {
    return no("event_name is not supported for messaging", NAME_REFUSED);
  }
  if (typeof time !== "number" || !Number.isInteger(time)) {
    return no("event_time must be unix seconds");
  }
  if (time * 1000 < now - CONVERSION_AGE_MS) return no("event_time is more than 7 days ago");
  if (time * 1000 > now + AHEAD_MS) return no("event_time lies ahead");
  if (user?.whatsapp_business_account_id !== account.wabaId) {
    return no("whatsapp_business_account_id is not the account of this dataset");
  }
  const clid = user.ctwa_clid;
  if (typeof clid !== "string" || !account.adClicks.has(clid)) {
    return no("ctwa_clid is not a click on an ad of this account", CLICK_UNKNOWN);
  }
  const hasMoney = typeof custom?.currency === "string" && typeof custom.value === "number";
  if (name === "Purchase" && !hasMoney) return no("a Purchase needs currency and value");
  return null;
}
