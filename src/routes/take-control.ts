/** Lets a free-form send take the thread from another responder of the number (protocol.md 2.10). */
export const TAKE_CONTROL = "x-tandem-take-control";

export function mayTakeControl(header: string | undefined): boolean {
  return header?.trim().toLowerCase() === "true";
}
