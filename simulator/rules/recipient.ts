const BSUID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/** Whether a text is a business-scoped user id (protocol.md 2.11). */
export function isBsuid(text: string): boolean {
  return BSUID.test(text);
}

/** Whom a send means. `lost`: a BSUID in `to`, taken and never delivered. */
export type Recipient =
  | { kind: "phone"; phone: string }
  | { kind: "bsuid"; bsuid: string }
  | { kind: "lost"; digits: string };

/**
 * `to` is a phone and wins over `recipient`, which is a BSUID (protocol.md 3.1). A BSUID put into
 * `to` loses all but its digits, is taken for a phone, answered with 200 and never delivered; a
 * `failed` status with 131026 follows (protocol.md 2.11).
 */
export function readRecipient(message: { to?: string; recipient?: string }): Recipient | null {
  if (message.to !== undefined && message.to !== "") {
    const digits = message.to.replace(/\D/g, "");
    if (isBsuid(message.to)) return { kind: "lost", digits };
    return digits.length >= 7 ? { kind: "phone", phone: digits } : null;
  }
  return message.recipient !== undefined && isBsuid(message.recipient)
    ? { kind: "bsuid", bsuid: message.recipient }
    : null;
}
