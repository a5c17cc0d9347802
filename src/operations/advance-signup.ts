import { findCurrentSender } from "../database/senders.ts";
import { findSession, moveSession } from "../database/signup-sessions.ts";
import { leaveAccount } from "./cancel-signup.ts";
import { isHeldElsewhere } from "./is-held-elsewhere.ts";
import { failSignup, isPassing, moveSignup, problem, refusal, tell } from "./move-signup.ts";
import { proveWebhooks } from "./prove-webhooks.ts";
import { reauthoriseSender } from "./reauthorise-sender.ts";
import type {
  Candidate,
  SignupError,
  SignupProblemCode,
  SignupSession,
} from "../database/signup-sessions.ts";
import type { WabaAccount } from "../meta/graph-client.ts";
import type { Services } from "../services.ts";

const PAUSE_MS = 1_500;
const SWEEP_MS = 60_000;
/** For how long an account whose numbers are all elsewhere may still be told about late. */
const NOT_ON_APP_MS = 15 * 60_000;
export const DAY_MS = 24 * 3_600_000;
/** Syncs that nobody confirms are asked for so long before their 24 h end (design: Onboarding). */
export const UNATTENDED_BEFORE_MS = 2 * 3_600_000;

/** What a step came to: its fruit, or why the session waits, or why it ends. */
type Step<T> = { ok: T } | Waits | { fail: SignupError };
/** `briefly`: only as long as this call lasts. */
interface Waits {
  wait: SignupError;
  briefly?: boolean;
}

/**
 * Goes on with a session that has its token: which account, which number, subscription, account
 * data. Each step only reads, or may be done again; so whoever dies here loses nothing.
 *
 * @param tries how often Meta is asked in this call for what it does not list yet
 * @returns the session where it stands now
 * @throws AppError signup_failed when it cannot go on; the session says the same
 */
export async function advanceSignup(
  services: Services,
  session: SignupSession,
  token: string,
  tries: number,
): Promise<SignupSession> {
  for (let asked = 1; ; asked++) {
    const found = await lookUp(services, session, token);
    if ("ok" in found) return settle(services, session, token, found.ok);
    if ("fail" in found) return giveUp(services, session, found.fail);
    if (asked >= tries) {
      const end = found.briefly === true ? giveUp : waitFor;
      return end(services, session, found.wait);
    }
    await services.sleep(PAUSE_MS);
  }
}

interface Found {
  wabaId: string;
  numbers: Candidate[];
}

async function lookUp(
  services: Services,
  session: SignupSession,
  token: string,
): Promise<Step<Found>> {
  const account = await findAccount(services, session, token);
  if (!("ok" in account)) return account;
  const numbers = await findNumbers(services, session, token, account.ok);
  if (!("ok" in numbers)) return numbers;
  for (const { phoneNumberId } of numbers.ok) {
    if (!(await isHeldElsewhere(services, session.partner, phoneNumberId))) continue;
    return failed(
      "phone_numbers",
      "held_elsewhere",
      'A number of this account is connected through another partner. Its owner has to end that in the WhatsApp Business app first (Settings > Account > Business Platform, "Disconnect" or "Unlink Account").',
    );
  }
  return { ok: { wabaId: account.ok, numbers: numbers.ok } };
}

/**
 * The account the popup named, if the token covers it (protocol.md 1.5); where it named none, the
 * newest the token covers. One that was just granted may be missing for a moment.
 */
async function findAccount(
  services: Services,
  session: SignupSession,
  token: string,
): Promise<Step<string>> {
  const debugged = await services.graph.debugToken(token);
  if ("failed" in debugged) {
    return waits(
      "debug_token",
      "meta_error",
      `Meta did not say what was granted (${tell(debugged.failed)}). We ask again.`,
    );
  }
  if (!debugged.ours || !debugged.valid) {
    return failed(
      "debug_token",
      "foreign_token",
      "The access that was granted is not for this app, or not valid. Open the signup again.",
    );
  }
  const [newest] = debugged.wabaIds;
  if (newest === undefined) {
    return waits(
      "debug_token",
      "not_listed",
      "Meta does not list the WhatsApp Business account yet. This can take some minutes; we ask again.",
    );
  }
  const { wabaId } = session;
  if (wabaId === null) return { ok: newest };
  if (debugged.wabaIds.includes(wabaId)) return { ok: wabaId };
  return session.kind === "reauthorise"
    ? failed(
        "debug_token",
        "another_account",
        "Access was granted to another WhatsApp Business account. Open the signup again and choose the one that is connected already.",
      )
    : {
        // A grant may show late, beside an older one of the same portfolio.
        briefly: true,
        ...waits(
          "debug_token",
          "not_covered",
          "The access that was granted does not cover this WhatsApp Business account (waba_id). Open the signup again and choose that account.",
        ),
      };
}

async function findNumbers(
  services: Services,
  session: SignupSession,
  token: string,
  wabaId: string,
): Promise<Step<Candidate[]>> {
  if (session.kind === "reauthorise") return findOwnNumber(services, session, token, wabaId);
  const listed = await services.graph.listCoexistenceNumbers(token, wabaId);
  if ("failed" in listed) {
    return waits(
      "phone_numbers",
      "meta_error",
      `Meta did not list the account's numbers (${tell(listed.failed)}). We ask again.`,
    );
  }
  const { numbers, others } = listed;
  const wanted = session.phoneNumberId;
  const fitting = numbers
    .filter((number) => wanted === null || number.id === wanted)
    .map((number) => ({
      phoneNumberId: number.id,
      displayPhoneNumber: number.displayPhoneNumber,
      verifiedName: number.verifiedName ?? null,
    }));
  if (fitting.length > 0) return { ok: fitting };
  if (numbers.length === 0 && others > 0) {
    const since = services.now() - (session.onboardedAt ?? 0);
    const step = since > NOT_ON_APP_MS ? failed : waits;
    return step(
      "phone_numbers",
      "no_coexistence_number",
      'The account has no number that is on the WhatsApp Business app and on Cloud API both. Meta may say so some minutes late; else open the signup again and choose "connect the WhatsApp Business app".',
    );
  }
  return waits(
    "phone_numbers",
    "not_listed",
    "Meta does not list the number yet. This can take some minutes; we ask again.",
  );
}

/** A re-authorisation takes the number that is connected, wherever it stands at the moment. */
async function findOwnNumber(
  services: Services,
  session: SignupSession,
  token: string,
  wabaId: string,
): Promise<Step<Candidate[]>> {
  const ids = await services.graph.setup.listNumberIds(token, wabaId);
  if ("failed" in ids) {
    return waits(
      "phone_numbers",
      "meta_error",
      `Meta did not list the account's numbers (${tell(ids.failed)}). We ask again.`,
    );
  }
  const phoneNumberId = session.phoneNumberId ?? "";
  if (ids.includes(phoneNumberId)) {
    const displayPhoneNumber = session.phoneNumber ?? "";
    return { ok: [{ phoneNumberId, displayPhoneNumber, verifiedName: null }] };
  }
  return waits(
    "phone_numbers",
    "not_listed",
    "Meta does not list the connected number in this account. We ask again.",
  );
}

/** Subscribes at once: from here no webhook is lost. Then the account is shown for confirmation. */
async function settle(
  services: Services,
  session: SignupSession,
  token: string,
  { wabaId, numbers }: Found,
): Promise<SignupSession> {
  // Noted before the call: whoever ends the session knows then which account to leave.
  if (session.kind === "connect") {
    const found = { wabaId, candidates: numbers };
    const noted = await moveSession(services.registry, session.id, ["waiting"], found);
    if (noted === null) return standsNow(services, session);
    session = noted;
    const { partner, expiresAt: until } = noted;
    const since = noted.onboardedAt ?? services.now();
    for (const { phoneNumberId } of numbers) {
      const current = await findCurrentSender(services.registry, phoneNumberId);
      // Also a number that nobody holds: its object may drop what comes, since its sender was erased.
      if (current?.partner === partner) continue;
      await services.phone(phoneNumberId).expectPartner({ partner, since, until });
    }
  }
  const subscribed = await services.graph.subscribe(token, wabaId);
  if (subscribed.kind !== "ok") {
    const told = tell(subscribed);
    return isPassing(subscribed)
      ? waitFor(
          services,
          session,
          problem(
            "subscribe",
            "meta_error",
            `Meta did not subscribe us to the account yet (${told}). We ask again.`,
          ),
        )
      : giveUp(
          services,
          session,
          problem(
            "subscribe",
            "meta_error",
            `Meta did not subscribe us to the account (${told}). Open the signup again.`,
          ),
        );
  }
  if (session.kind === "reauthorise") return reauthoriseSender(services, session, token);
  const account = await readAccount(services, token, wabaId);
  const single = numbers.length === 1 ? (numbers[0]?.phoneNumberId ?? null) : null;
  const proof = await proveWebhooks(services, { token, wabaId, phoneNumberId: single });
  const unattendedAt = (session.onboardedAt ?? services.now()) + DAY_MS - UNATTENDED_BEFORE_MS;
  const moved = await moveSignup(services, session, ["waiting"], {
    state: "awaiting_confirmation",
    error: null,
    wabaId,
    phoneNumberId: single,
    candidates: numbers,
    account,
    proof,
    unattendedAt,
    dueAt: unattendedAt,
  });
  if (moved !== null) return moved;
  const stands = await standsNow(services, session);
  // It was ended while we subscribed.
  if (stands.token === null && stands.state !== "finished") {
    await leaveAccount(services, { ...session, wabaId });
  }
  return stands;
}

async function readAccount(
  services: Services,
  token: string,
  wabaId: string,
): Promise<WabaAccount> {
  const result = await services.graph.readWaba(token, wabaId);
  // Shown for confirmation only: what cannot be read is shown as not known.
  return "account" in result
    ? result.account
    : { name: null, currency: null, timezoneId: null, country: null };
}

/** Stays `waiting`: the page asks again, the sweep too, for 24 h. */
async function waitFor(
  services: Services,
  session: SignupSession,
  error: SignupError,
): Promise<SignupSession> {
  const now = services.now();
  if (now - (session.onboardedAt ?? now) > DAY_MS) return giveUp(services, session, error);
  const changes = { state: "waiting", error, dueAt: now + SWEEP_MS } as const;
  // Asked a hundred times, the same answer is one line of the trail.
  const moved =
    session.error?.code === error.code
      ? await moveSession(services.registry, session.id, ["waiting"], changes)
      : await moveSignup(services, session, ["waiting"], changes);
  return moved ?? standsNow(services, session);
}

/** The page's own asking, or the sweep, came to the same end a moment before. */
async function standsNow(services: Services, session: SignupSession): Promise<SignupSession> {
  return (await findSession(services.registry, session.id)) ?? session;
}

async function giveUp(
  services: Services,
  session: SignupSession,
  error: SignupError,
): Promise<never> {
  const failed = await failSignup(services, session, ["waiting"], error);
  // A subscription whose answer was lost may be there.
  if (failed !== null && session.candidates !== null) await leaveAccount(services, session);
  throw refusal(error);
}

function waits(step: string, code: SignupProblemCode, detail: string): Waits {
  return { wait: problem(step, code, detail) };
}

function failed(step: string, code: SignupProblemCode, detail: string): { fail: SignupError } {
  return { fail: problem(step, code, detail) };
}
