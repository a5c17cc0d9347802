/** phone_number_ids that a key is for; null: all of its partner's. */
export type SenderFilter = readonly string[] | null;

/** Whether a key with this filter is for a number. */
export function coversSender(senders: SenderFilter, phoneNumberId: string): boolean {
  return senders === null || senders.includes(phoneNumberId);
}
