/** What a refusal of Graph means for whoever asked. */
export type GraphErrorScope =
  /** Say it again later, the number as a whole is too fast or Meta is busy. */
  | "retry_number"
  /** Say it again later, this one customer got too much. */
  | "retry_customer"
  /** Nobody knows whether Meta took it. */
  | "unknown"
  /** Saying it again changes nothing. */
  | "final";

/** Codes after which Meta certainly did not take the message, and a later try may pass. */
const RETRY_NUMBER = new Set([4, 80007, 130429, 131057, 133004]);

/**
 * Sorts a Graph error (protocol.md 3.6). A 5xx may hide a message that was taken, so only codes
 * that name a refusal count as one.
 */
export function sortGraphError(status: number, code: number | undefined): GraphErrorScope {
  if (code === 131056) return "retry_customer";
  if (code !== undefined && RETRY_NUMBER.has(code)) return "retry_number";
  if (status >= 500) return "unknown";
  return "final";
}
