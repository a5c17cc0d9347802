import type { SyncRow, SyncState } from "../database/syncs.ts";
import type { Verdict } from "./weigh-ledger.ts";

const KEEP_OPEN =
  "Keep the WhatsApp Business app of the number open, on mains and on a good network.";
const ONCE =
  "Meta lets it be asked for once in an onboarding: connect the number anew to ask again.";

/**
 * Why a history import is in its state, what it waits for and what to do, in words for people.
 *
 * @param verdict what its ledger says (`weighLedger`)
 */
export function explainHistory(
  state: SyncState,
  verdict: Pick<Verdict, "phases" | "missing" | "missing_chunks" | "missing_pages">,
  sync: Pick<SyncRow, "error"> | null,
): string {
  const lacks = tellMissing(verdict);
  switch (state) {
    case "none":
      return "No history was asked for through us, and none has come.";
    case "not_requested":
      return `The signup was confirmed without history. ${ONCE}`;
    case "requested":
      return `Meta took the request; the first chunk is awaited. ${KEEP_OPEN}`;
    case "unknown":
      return `Meta's answer to the request was lost, and it may have been taken: it is not asked twice. What arrives will tell. ${KEEP_OPEN}`;
    case "importing":
      return `Chunks are coming in: ${tellPhases(verdict)}. ${lacks === null ? "Waits for the rest." : `Waits for ${lacks}.`}`;
    case "stalled":
      if (lacks !== null) {
        return `Nothing has come for two hours. Still missing: ${lacks}. Pages are stored again by themselves, or at once by POST …/sync/redrive; a chunk only Meta can send again, and is taken whenever it comes. ${KEEP_OPEN}`;
      }
      return `It was asked for, and nothing has come in two hours. ${KEEP_OPEN}`;
    case "incomplete":
      if (hasCode(sync?.error)) return `Meta gave an error instead of history. ${ONCE}`;
      if (lacks === null) return `Nothing came in seven days. ${ONCE}`;
      return `The time for it is over. Missing: ${lacks}. What comes late is taken, and completes it.`;
    case "complete":
      return lacks === null
        ? "Everything that Meta numbered is stored."
        : `It was complete; since then something came of which ${lacks} is not stored yet.`;
    case "declined":
      return "The owner chose not to share the history of chats. That is a choice, not a fault.";
    case "expired":
      return `It was asked for too late, or the number was connected anew since. ${ONCE}`;
    case "failed":
      return `Meta refused the request; see error. ${ONCE}`;
  }
}

/** The same for the contacts of the phone's address book. @param count contacts held now */
export function explainContacts(state: SyncState, count: number): string {
  switch (state) {
    case "none":
      return "No contacts were asked for through us; changes are taken in as they come.";
    case "not_requested":
      return `The signup was confirmed without contacts; changes are taken in as they come. ${ONCE}`;
    case "requested":
      return `Meta took the request; the address book is awaited. ${KEEP_OPEN}`;
    case "unknown":
      return `Meta's answer to the request was lost, and it may have been taken: it is not asked twice. What arrives will tell. ${KEEP_OPEN}`;
    case "importing":
      return "Contacts are coming in. Meta marks no end: ten quiet seconds count as one.";
    case "stalled":
      return `They were asked for, and nothing has come in two hours. An empty address book sends nothing. ${KEEP_OPEN}`;
    case "incomplete":
    case "declined":
      return count === 0
        ? `Nothing came in a day: the address book may be empty. ${ONCE}`
        : `Nothing came in a day after the request; what came later is stored and counted. ${ONCE}`;
    case "complete":
      return "The address book has come in; a part that comes later is stored and counted too.";
    case "expired":
      return `They were asked for too late, or the number was connected anew since. ${ONCE}`;
    case "failed":
      return `Meta refused the request; see error. ${ONCE}`;
  }
}

/**
 * What a re-drive of a history import will do, or why it does nothing.
 *
 * @param isHeld whether the sender holds its number still
 */
export function explainRedrive(
  redrive: { bodies: number; more: boolean; state: SyncState },
  isHeld: boolean,
): string {
  if (!isHeld) {
    return "Another partner holds the number by now: what lies in the archive is theirs to import.";
  }
  const { bodies, more, state } = redrive;
  if (bodies > 0) {
    const many = bodies === 1 ? "One raw body is" : `${bodies} raw bodies are`;
    const rest = more ? " There are more: ask again when these are done." : "";
    return `${many} read again, from behind the last page that is stored; nothing comes twice. Look again in a minute.${rest}`;
  }
  const none = "Nothing of it lies unstored in the archive";
  switch (state) {
    case "complete":
      return `${none}, and it is complete.`;
    case "none":
    case "not_requested":
      return `${none}: no history was asked for.`;
    case "requested":
    case "unknown":
    case "importing":
    case "stalled":
    case "incomplete":
      return `${none}: what is missing only Meta can send, and it is taken whenever it comes. ${KEEP_OPEN}`;
    case "declined":
    case "expired":
    case "failed":
      return `${none}, and Meta sends no more of it. ${ONCE}`;
  }
}

function tellMissing(verdict: Parameters<typeof explainHistory>[1]): string | null {
  const { missing, missing_chunks: chunks, missing_pages: pages } = verdict;
  const [first] = missing;
  const parts = [
    ...(first === undefined
      ? []
      : [
          `${chunks === 1 ? "chunk" : `${chunks} chunks, the first of them`} ${first.chunk_order} of phase ${first.phase}`,
        ]),
    ...(pages === 0 ? [] : [`${pages} ${pages === 1 ? "page" : "pages"} of chunks that came`]),
  ];
  return parts.length === 0 ? null : parts.join(" and ");
}

function tellPhases({ phases }: Parameters<typeof explainHistory>[1]): string {
  if (phases.length === 0) return "none of them names its phase";
  return phases.map(({ phase, progress }) => `phase ${phase} at ${progress} %`).join(", ");
}

function hasCode(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error;
}
