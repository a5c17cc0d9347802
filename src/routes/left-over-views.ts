import { REDRIVEN_MS } from "../database/dead-letters.ts";
import { iso } from "./views.ts";
import type { DeadLetter } from "../database/dead-letters.ts";
import type { Unrouted } from "../database/unrouted.ts";

/** A dead letter as operators read it; never its content. @param now epoch ms */
export function viewDeadLetter(letter: DeadLetter, now: number) {
  return {
    id: letter.id,
    source: letter.source,
    sender: letter.sender,
    reason: letter.reason,
    state: isUnderWay(letter, now) ? ("under_way" as const) : ("open" as const),
    attempts: letter.attempts,
    times: letter.times,
    first_at: iso(letter.firstAt),
    last_at: iso(letter.at),
    redriven_at: iso(letter.redrivenAt),
  };
}

/** Done over, and not heard of: after an hour its message counts as lost. */
export function isUnderWay({ redrivenAt }: DeadLetter, now: number): boolean {
  return redrivenAt !== null && now - redrivenAt < REDRIVEN_MS;
}

/** An item that nobody could use; never its content. */
export function viewUnrouted({ id, shard, sender, field, reason, at }: Unrouted) {
  return { id: `${shard}:${id}`, sender, field, reason, at: iso(at) };
}
