import type { PartnerEvent } from "../events/view-event.ts";

/** A sender as Meta's envelope names it. */
export interface EnvelopeSender {
  wabaId: string;
  displayPhoneNumber: string;
  phoneNumberId: string;
}

/** Carries nothing: what an address is tried with. */
export const TEST_ENVELOPE: Record<string, unknown> = {
  object: "whatsapp_business_account",
  entry: [{ id: "0", changes: [{ field: "tandem_test", value: {} }] }],
};

/** The event in the form of Meta's webhooks; null where Meta has none for it. */
export function toCloudEnvelope(
  event: PartnerEvent,
  sender: EnvelopeSender,
  _mediaUrl: (mediaId: string) => string,
): Record<string, unknown> | null {
  if (event.type !== "message.received") return null;
  const metadata = {
    display_phone_number: sender.displayPhoneNumber.replace(/\D/g, ""),
    phone_number_id: sender.phoneNumberId,
  };
  const value = { messaging_product: "whatsapp", metadata, messages: [event.data] };
  return {
    object: "whatsapp_business_account",
    entry: [{ id: sender.wabaId, changes: [{ field: "messages", value }] }],
  };
}
