/**
 * The one name that the runtime has for a zone: Asia/Kolkata and Asia/Calcutta are one, and which
 * of them Intl lists depends on its age.
 *
 * @throws RangeError for what is no zone
 */
export function canonicalZone(zone: string): string {
  return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
}
