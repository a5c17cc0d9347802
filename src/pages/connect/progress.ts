import { fill } from "./texts/fill.ts";
import type { SignupPage } from "../../operations/describe-signup.ts";
import type { SyncState } from "../../database/syncs.ts";
import type { Texts } from "./texts/texts.ts";

/** A bar on the page. */
export interface Progress {
  /** 0 to 100; null while nobody can say how much is to come. */
  percent: number | null;
  /** The number beside the bar: "42 %", "12 contacts so far"; empty where there is none. */
  figure: string;
  /** What it means, in a sentence. */
  text: string;
  tone: "moving" | "done" | "ended";
}

const MOVING = new Set(["requested", "unknown", "importing", "stalled"]);

/** Where contacts and history stand, in words; both null where nothing was to be asked for. */
export function describeProgress(
  sync: SignupPage["sync"],
  texts: Texts,
): { contacts: Progress | null; history: Progress | null } {
  const contacts = sync?.contacts ?? null;
  const history = sync?.history ?? null;
  return {
    contacts:
      contacts === null
        ? null
        : {
            ...wordsOf(contacts.state, null, texts),
            figure:
              contacts.count === null || (contacts.count === 0 && contacts.state !== "complete")
                ? ""
                : countContacts(contacts.count, contacts.state === "complete", texts),
          },
    history: history === null ? null : wordsOf(history.state, history.progress, texts),
  };
}

function countContacts(count: number, areAll: boolean, { finished }: Texts): string {
  const { one, other, oneSoFar, otherSoFar } = finished.contactCount;
  const pattern = count === 1 ? (areAll ? one : oneSoFar) : areAll ? other : otherSoFar;
  return fill(pattern, { count });
}

/**
 * @param progress Meta's own percentage; null where it gives none. It says how much was sent, and
 *   has been 100 before the end: only the state says "done"
 */
function wordsOf(state: string, progress: number | null, texts: Texts): Progress {
  const { sync, percent } = texts.finished;
  const text = sync[state as SyncState] ?? sync.requested;
  if (state === "complete") {
    return { percent: 100, figure: fill(percent, { percent: 100 }), text, tone: "done" };
  }
  if (!MOVING.has(state)) return { percent: 0, figure: "", text, tone: "ended" };
  if (progress === null || progress === 0) {
    return { percent: null, figure: "", text, tone: "moving" };
  }
  const shown = Math.min(99, Math.floor(progress));
  return { percent: shown, figure: fill(percent, { percent: shown }), text, tone: "moving" };
}
