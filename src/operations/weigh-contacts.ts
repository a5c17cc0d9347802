import type { SyncRow, SyncState } from "../database/syncs.ts";

const STALLED_MS = 2 * 3_600_000;
const ENDS_MS = 24 * 3_600_000;
/** The object ends a dump after 10 s of quiet; where it did not, this does. */
const QUIET_MS = 10 * 60_000;

/**
 * Where the contacts that were asked for stand (protocol.md 2.4: they have no end mark). Pure.
 * A phone with an empty address book sends nothing at all: after a day that is the end too.
 */
export function weighContacts(
  sync: Pick<SyncRow, "state" | "requestedAt" | "lastAt">,
  now: number,
): SyncState {
  const { state, requestedAt, lastAt } = sync;
  if (state === "importing") return now - (lastAt ?? 0) > QUIET_MS ? "complete" : state;
  if (state !== "requested" && state !== "unknown" && state !== "stalled") return state;
  const waited = now - (requestedAt ?? now);
  if (waited > ENDS_MS) return "incomplete";
  return waited > STALLED_MS ? "stalled" : state;
}
