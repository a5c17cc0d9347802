import type { BatchView, Cancellation } from "../durable/send-types.ts";
import type { Services } from "../services.ts";

/** Ends a send that still waits for its place; one that has it, goes. */
export function cancelSend(
  services: Services,
  phoneNumberId: string,
  partner: string,
  send: string,
): Promise<Cancellation> {
  return services.phone(phoneNumberId).cancel(partner, send);
}

/** Ends what still waits of a batch. @returns how the batch stands then, or null if there is none */
export function cancelBatch(
  services: Services,
  phoneNumberId: string,
  partner: string,
  batch: string,
): Promise<BatchView | null> {
  return services.phone(phoneNumberId).cancelBatch(partner, batch);
}
