import { AppError } from "../errors.ts";
import { sha256Hex } from "../lib/ids.ts";
import { sessionBinding } from "../lib/seal.ts";
import { advanceSignup } from "./advance-signup.ts";
import { failSignup, moveSignup, problem, refusal, tell } from "./move-signup.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/** How long a Worker may be in an exchange before the session counts it as dead. */
export const EXCHANGE_LOST_MS = 120_000;
/** So often Meta is asked, within the call, for what it may list a moment later. */
const TRIES = 4;

export interface FinishInput {
  code: string;
  /** Left out: what the popup said earlier, else the newest account that the token covers. */
  wabaId?: string | undefined;
  phoneNumberId?: string | undefined;
}

/**
 * From Meta's code to a subscribed account: exchange (30 s, single use), then the token is kept
 * sealed, and every later step can be done again: proof of the WABA, the coexistence number, the
 * subscription. From that on no webhook is lost; the number waits for confirmation. Never
 * `register` (protocol.md 1.7).
 *
 * @returns the session, `awaiting_confirmation`, `finished` (a re-authorisation), or `waiting`
 *   while Meta does not list yet what was granted: `resumeSignup` goes on
 * @throws AppError signup_failed with what to do; the session keeps the step it failed at
 */
export async function finishSignup(
  services: Services,
  session: SignupSession,
  input: FinishInput,
): Promise<SignupSession> {
  const claimed = await claim(services, session, input);
  if (claimed.kind === "reauthorise" && (input.wabaId ?? claimed.wabaId) !== claimed.wabaId) {
    const error = problem(
      "waba",
      "another_account",
      "Another WhatsApp Business account was chosen. Open the signup again and choose the one that is connected already.",
    );
    await failSignup(services, claimed, ["exchanging"], error);
    throw refusal(error);
  }
  const token = await exchange(services, claimed, input.code);
  const sealed = await services.vault.seal(token, sessionBinding(session.id));
  const now = services.now();
  const waiting = await moveSignup(services, claimed, ["exchanging"], {
    state: "waiting",
    token: sealed,
    onboardedAt: claimed.codeAt,
    resumedAt: now,
    dueAt: now + EXCHANGE_LOST_MS,
  });
  if (waiting === null) throw new AppError("conflict", "The session was changed meanwhile.");
  return advanceSignup(services, waiting, token, TRIES);
}

/** The intent before the shot: of two tries one gets it, and no code is tried a second time. */
async function claim(
  services: Services,
  session: SignupSession,
  input: FinishInput,
): Promise<SignupSession> {
  const now = services.now();
  const codeHash = sha256Hex(input.code);
  // The trail knows the codes before the last one.
  const tried = session.trail?.some((entry) => entry.tried === shorten(codeHash)) === true;
  if (tried || session.codeHash === codeHash) {
    throw new AppError(
      "conflict",
      "This code was tried before and is spent. Open the signup again.",
    );
  }
  // A worker that died in an exchange left the session there; its code is lost, the session not.
  const abandoned =
    session.state === "exchanging" && (session.codeAt ?? 0) < now - EXCHANGE_LOST_MS;
  const from = abandoned ? (["exchanging"] as const) : (["open", "failed"] as const);
  const isNew = session.kind === "connect";
  const claimed = await moveSignup(
    services,
    session,
    from,
    {
      state: "exchanging",
      error: null,
      codeHash,
      codeAt: now,
      dueAt: now + EXCHANGE_LOST_MS,
      proof: null,
      account: null,
      // What the popup says now; an account it named before this call stays, if it names none.
      ...(isNew && input.wabaId !== undefined ? { wabaId: input.wabaId } : {}),
      ...(isNew ? { phoneNumberId: input.phoneNumberId ?? null } : {}),
    },
    shorten(codeHash),
  );
  if (claimed === null) {
    throw new AppError("conflict", `This session is ${session.state}; it takes no code now.`);
  }
  return claimed;
}

function shorten(codeHash: string): string {
  return codeHash.slice(0, 16);
}

async function exchange(services: Services, session: SignupSession, code: string): Promise<string> {
  const result = await services.graph.exchangeCode(code);
  if ("token" in result) return result.token;
  const isRefused = result.failed.kind === "error" && result.failed.status < 500;
  const error = isRefused
    ? problem(
        "exchange",
        "expired_code",
        `Meta did not exchange the code (${tell(result.failed)}). A code lives 30 seconds and works once: open the signup again.`,
      )
    : problem(
        "exchange",
        "exchange_unknown",
        `Nobody can say whether Meta exchanged the code (${tell(result.failed)}). It works once, so it is not tried again: open the signup again.`,
      );
  await failSignup(services, session, ["exchanging"], error);
  throw refusal(error);
}
