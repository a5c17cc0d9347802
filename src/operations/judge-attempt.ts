import type { MediaReason } from "../database/media.ts";
import type { FetchedMedia } from "./fetch-media.ts";

/** How long the id of a file in a webhook lives (protocol.md 3.4). */
export const MEDIA_ID_LIVES_MS = 7 * 24 * 3_600_000;
/** An answer that seldom changes is believed when it came so often. */
const REFUSALS_MAX = 4;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 3_600_000;

export type Verdict =
  | { kind: "again"; dueAt: number; refusals: number }
  | { kind: "over"; reason: MediaReason };

/**
 * What follows from an attempt that brought no file. A failure that passes is tried again for as
 * long as Meta keeps the id, after 2 s, 4 s, 8 s … an hour, and a last time at the very end; what
 * Meta says about the file itself is believed when it said so a few times.
 *
 * @param attempts how many there were, this one included
 * @param refusals how many of those before this one failed on the file itself
 */
export function judgeAttempt(
  { attempts, refusals, wantedAt }: { attempts: number; refusals: number; wantedAt: number },
  failed: Exclude<FetchedMedia, { kind: "stored" }>,
  now: number,
): Verdict {
  const endsAt = wantedAt + MEDIA_ID_LIVES_MS;
  if (failed.kind === "refused") {
    if (failed.reason === "too_large") return { kind: "over", reason: failed.reason };
    if (refusals + 1 >= REFUSALS_MAX) return { kind: "over", reason: failed.reason };
  }
  if (now >= endsAt) return { kind: "over", reason: "expired" };
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, attempts - 1), LONGEST_PAUSE_MS);
  return {
    kind: "again",
    dueAt: Math.min(now + pause, endsAt),
    refusals: refusals + (failed.kind === "refused" ? 1 : 0),
  };
}
