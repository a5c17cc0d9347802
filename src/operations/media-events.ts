import { eventId } from "../lib/ids.ts";
import { viewCustomerKey } from "../lib/customer-view.ts";
import type { EventsOwner, NewEvent } from "../database/append-events.ts";
import type { MediaCustomer } from "../database/media.ts";
import type { EventData } from "../events/index.ts";
import type { Sender } from "../database/senders.ts";

/**
 * The event that the file of a message came to another state; told only if it does.
 *
 * @param factKey the same fact always has the same
 * @param about what the state is about, as partners read it
 */
export function mediaEvent<To extends "stored" | "unavailable" | "deleted">(
  senderKey: number,
  media: MediaCustomer & { wamid: string; type: string },
  to: To,
  factKey: string,
  at: number,
  about: Omit<EventData<`media.${To}`>, "wamid" | "customer" | "message_type">,
): NewEvent {
  const { wamid } = media;
  const customer = viewCustomerKey(media);
  const data: unknown = { wamid, customer, message_type: media.type, ...about };
  return {
    id: eventId(senderKey, factKey),
    type: `media.${to}`,
    at,
    news: { of: "media", wamid, to },
    data,
  } as NewEvent;
}

export function ownerOf(sender: Sender): EventsOwner {
  return { partner: sender.partner, sender: sender.key, senderId: sender.phoneNumberId };
}
