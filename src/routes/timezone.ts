import * as z from "zod";

/** An IANA time zone, as the runtime's own zone data knows it. */
export const timezone = z
  .string()
  .refine(isTimezone, "is not an IANA time zone such as America/Sao_Paulo");

function isTimezone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false; // an offset such as +02:00 is no zone
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
