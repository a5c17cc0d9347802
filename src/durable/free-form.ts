import { refuseClosedWindow, refuseThreadOfAnother } from "./refusals.ts";
import type { Refusal } from "./send-types.ts";
import type { SendingParts } from "./sending.ts";

/**
 * What only a template may do: write into a closed window, or into another responder's thread.
 * Asked when a send is admitted, and again when the place of a queued one comes.
 *
 * @param customer the customer's key
 * @param takeControl whether the partner allowed it to take the thread
 */
export function refuseFreeForm(
  { window, threads }: Pick<SendingParts, "window" | "threads">,
  customer: string,
  takeControl: boolean,
  now: number,
): Refusal | null {
  const view = window(customer, now);
  if (view.open === false) return refuseClosedWindow(view);
  const isOurs = takeControl || threads.ownerOf(customer) === "tandem";
  return isOurs ? null : refuseThreadOfAnother();
}
