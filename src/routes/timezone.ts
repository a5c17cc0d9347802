import { z } from "zod";

/** An IANA time zone, as the runtime's own zone data knows it. */
export const timezone = z
  .string()
  .refine(isTimezone, "is not an IANA time zone such as America/Sao_Paulo");

function isTimezone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
