/** The ladder of invariant 7. `failed` stands above all, but does not overwrite a delivery. */
export const STATUS_RANK = {
  sent: 1,
  delivered: 2,
  read: 3,
  played: 4,
  failed: 9,
} as const;

export type MessageStatus = keyof typeof STATUS_RANK;

/** Whether `next` may follow a status of rank `rank` (0 = none yet). */
export function movesForward(rank: number, next: MessageStatus): boolean {
  const nextRank = STATUS_RANK[next];
  return nextRank > rank && !(next === "failed" && isDelivered(rank));
}

/** Whether a rank says that the message arrived; `delivered` itself may be skipped. */
export function isDelivered(rank: number): boolean {
  return rank >= STATUS_RANK.delivered && rank < STATUS_RANK.failed;
}
