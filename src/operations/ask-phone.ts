import type { Phone, Services } from "../services.ts";

/** The questions that doors may put to a number's object; they change nothing. */
export function askPhone(
  services: Services,
  phoneNumberId: string,
): Pick<Phone, "window" | "windowsOf" | "figures" | "send" | "phase" | "batch" | "batchSends"> {
  return services.phone(phoneNumberId);
}
