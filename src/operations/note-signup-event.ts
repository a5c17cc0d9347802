import { findSession, moveSession } from "../database/signup-sessions.ts";
import { log, sessionMark } from "../lib/log.ts";
import { leaveAccount } from "./cancel-signup.ts";
import { checkNumber } from "./check-number.ts";
import { moveSignup, problem } from "./move-signup.ts";
import { tellSignup } from "./tell-signup.ts";
import type {
  NewTrailEntry,
  SignupError,
  SignupSession,
  SignupState,
} from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/** What the page tells of Meta's popup (protocol.md 1.3). */
export interface SignupEvent {
  kind: "number" | "opened" | "blocked" | "cancelled" | "error" | "wrong_branch" | "finished";
  /** Meta's `current_step`, where the popup was left. */
  step?: string;
  /** Of an error that its user reported, with Meta's own session id. */
  code?: string;
  metaSession?: string;
  wabaId?: string;
  phoneNumber?: string;
}

/** A popup that goes wrong changes these only: with a code on its way there is more to go by. */
const BEFORE_CODE = ["open", "failed"] as const;
const LIVE: readonly SignupState[] = [
  ...BEFORE_CODE,
  "exchanging",
  "waiting",
  "awaiting_confirmation",
  "confirming",
];

/**
 * Keeps what the popup said in the session's trail, and as its problem where it is one. Nothing of
 * it is believed: an account it names still has to be covered by the token.
 *
 * @returns the session as it is now; one that has ended stays as it is
 */
export async function noteSignupEvent(
  services: Services,
  session: SignupSession,
  event: SignupEvent,
): Promise<SignupSession> {
  const { registry } = services;
  const error = problemOf(event);
  const entry = entryOf(event, services.now());
  const early = { ...earlyChanges(services, session, event), ...(error && { error }) };
  // Before the code the event also changes the session; later it is only kept.
  const noted =
    (await moveSession(registry, session.id, BEFORE_CODE, early, entry)) ??
    (await moveSession(registry, session.id, LIVE, lateChanges(event), entry));
  if (noted === null) return (await findSession(registry, session.id)) ?? session;
  log.info("signup.event", {
    session: sessionMark(session.id),
    action: event.kind,
    ...(entry.step === undefined ? {} : { reason: entry.step }),
    ...(entry.code === undefined ? {} : { code: entry.code }),
  });
  await tellSignup(services, noted);
  return event.kind === "finished" ? takeAccount(services, noted, event) : noted;
}

function earlyChanges(services: Services, session: SignupSession, event: SignupEvent) {
  const isNew = session.kind === "connect";
  switch (event.kind) {
    case "number": {
      const checked = checkNumber(services, event.phoneNumber ?? "");
      return isNew && checked.ok ? { phoneNumber: checked.number } : {};
    }
    case "opened": // a new popup: what the last one said is over
      return { error: null, ...(isNew ? { wabaId: null } : {}) };
    case "finished":
      return isNew && isId(event.wabaId) ? { wabaId: event.wabaId } : {};
    case "blocked":
    case "cancelled":
    case "error":
    case "wrong_branch":
      return {};
  }
}

/** The account may be named after the code has come: while nothing was found yet it is looked for. */
function lateChanges(event: SignupEvent) {
  return event.kind === "finished" ? { resumedAt: null } : {};
}

/** The popup's account against one that was guessed without it: looked up anew. */
async function takeAccount(
  services: Services,
  session: SignupSession,
  event: SignupEvent,
): Promise<SignupSession> {
  const { wabaId } = event;
  if (session.kind !== "connect" || !isId(wabaId) || session.wabaId === wabaId) return session;
  switch (session.state) {
    case "waiting":
    case "awaiting_confirmation": {
      // What was found before is not what is meant: it must not stay subscribed.
      if (session.state === "awaiting_confirmation") await leaveAccount(services, session);
      const moved = await moveSignup(services, session, [session.state], {
        state: "waiting",
        wabaId,
        phoneNumberId: null,
        candidates: null,
        account: null,
        proof: null,
        unattendedAt: null,
        dueAt: services.now(),
      });
      // The guessed account was subscribed for nothing.
      if (moved !== null && session.candidates !== null) await leaveAccount(services, session);
      return moved ?? session;
    }
    case "exchanging":
      return (
        (await moveSession(services.registry, session.id, ["exchanging"], { wabaId })) ?? session
      );
    case "open":
    case "failed":
    case "confirming":
    case "finished":
    case "cancelled":
      return session;
  }
}

function problemOf({ kind, step, code }: SignupEvent): SignupError | null {
  switch (kind) {
    case "blocked":
      return problem(
        "popup",
        "popup_blocked",
        "The browser did not let Meta's window open. Allow popups for this page and try again.",
      );
    case "cancelled":
      return problem(
        name(step) ?? "popup",
        "cancelled",
        "Meta's window was closed before the end. Nothing was connected; open it again when you are ready.",
      );
    case "error":
      return problem(
        "popup",
        "popup_error",
        `Meta's window reported an error${name(code) === undefined ? "" : ` (${name(code)})`}. Open it again; if it stays, send us this number.`,
      );
    case "wrong_branch":
      return problem(
        "popup",
        "wrong_branch",
        'A number for the API alone was set up, not the one in the app. Nothing was spent: open the window again and choose "connect the WhatsApp Business app".',
      );
    case "number":
    case "opened":
    case "finished":
      return null;
  }
}

/** Only names and numbers of Meta's are kept, never what somebody may have typed. */
function entryOf(event: SignupEvent, at: number): NewTrailEntry {
  const [step, code, metaSession] = [name(event.step), name(event.code), name(event.metaSession)];
  return {
    at,
    kind: "popup",
    what: event.kind,
    ...(step === undefined ? {} : { step }),
    ...(code === undefined ? {} : { code }),
    ...(metaSession === undefined ? {} : { metaSession }),
  };
}

function name(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w-]{1,80}$/.test(text) ? text : undefined;
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,32}$/.test(text);
}
