import { moveSession } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { sha256Hex } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import { isHeldElsewhere } from "./is-held-elsewhere.ts";
import type { Candidate, SignupSession } from "../database/signup-sessions.ts";
import type { GraphResult, WabaAccount } from "../meta/graph-client.ts";
import type { Services } from "../services.ts";

const DEBUG_TRIES = 4;
const DEBUG_PAUSE_MS = 1_500;
const EXCHANGE_LOST_MS = 120_000;

export interface FinishInput {
  code: string;
  wabaId?: string | undefined;
  phoneNumberId?: string | undefined;
  businessId?: string | undefined;
}

/**
 * From Meta's code to a subscribed account: exchange (30 s, single use), proof that the token
 * covers the WABA, the coexistence number, subscription. From the subscription on no webhook is
 * lost; the number waits for confirmation. Never `register` (protocol.md 1.7).
 *
 * @throws AppError signup_failed with what to do; the session keeps the step it failed at
 */
export async function finishSignup(
  services: Services,
  session: SignupSession,
  given: FinishInput,
): Promise<SignupSession> {
  const onboardedAt = services.now();
  await claim(services, session, given.code, onboardedAt);
  const token = await exchange(services, session, given.code);
  const input = { ...given, wabaId: given.wabaId ?? (await newestWaba(services, token)) };
  await proveWaba(services, session, token, input.wabaId);
  const numbers = await findNumbers(services, session, token, input);
  await refuseNumbersElsewhere(services, session, numbers);
  const subscribed = await services.graph.subscribe(token, input.wabaId);
  if (subscribed.kind !== "ok") {
    throw await fail(
      services,
      session,
      "subscribe",
      `Meta did not subscribe us to the account (${tell(subscribed)}). Open the signup again.`,
    );
  }
  const account = await readAccount(services, token, input.wabaId);
  const moved = await moveSession(services.registry, session.id, ["exchanging"], {
    state: "awaiting_confirmation",
    wabaId: input.wabaId,
    phoneNumberId: numbers.length === 1 ? (numbers[0]?.phoneNumberId ?? null) : null,
    candidates: numbers,
    account,
    token: await services.vault.seal(token, `session|${session.id}`),
    onboardedAt,
  });
  if (moved === null) throw new AppError("conflict", "The session was changed meanwhile.");
  log.info("signup.advanced", { session: session.id, action: "awaiting_confirmation" });
  return moved;
}

async function newestWaba(services: Services, token: string): Promise<string> {
  const debugged = await services.graph.debugToken(token);
  return "valid" in debugged ? (debugged.wabaIds[0] ?? "") : "";
}

/** The intent before the shot: of two tries one gets it, and no code is tried a second time. */
async function claim(
  services: Services,
  session: SignupSession,
  code: string,
  now: number,
): Promise<void> {
  const codeHash = sha256Hex(code);
  if (session.codeHash === codeHash) {
    throw new AppError(
      "conflict",
      "This code was tried before and is spent. Open the signup again.",
    );
  }
  // A worker that died in an exchange left the session there; its code is lost, the session not.
  const abandoned =
    session.state === "exchanging" && (session.codeAt ?? 0) < now - EXCHANGE_LOST_MS;
  const from = abandoned ? (["exchanging"] as const) : (["open", "failed"] as const);
  const claimed = await moveSession(services.registry, session.id, [...from], {
    state: "exchanging",
    error: null,
    codeHash,
    codeAt: now,
  });
  if (claimed === null) {
    throw new AppError("conflict", `This session is ${session.state}; it takes no code now.`);
  }
}

async function exchange(services: Services, session: SignupSession, code: string): Promise<string> {
  const result = await services.graph.exchangeCode(code);
  if ("token" in result) return result.token;
  throw await fail(
    services,
    session,
    "exchange",
    `Meta did not exchange the code (${tell(result.failed)}). A code lives 30 seconds and works once: open the signup again.`,
  );
}

/** A WABA that was just granted may be missing from the token for a moment (protocol.md 1.5). */
async function proveWaba(
  services: Services,
  session: SignupSession,
  token: string,
  wabaId: string,
): Promise<void> {
  for (let tries = 1; tries <= DEBUG_TRIES; tries++) {
    const debugged = await services.graph.debugToken(token);
    if ("valid" in debugged && debugged.valid && debugged.wabaIds.includes(wabaId)) return;
    if (tries < DEBUG_TRIES) await services.sleep(DEBUG_PAUSE_MS);
  }
  throw await fail(
    services,
    session,
    "debug_token",
    "The access that was granted does not cover this WhatsApp Business account (waba_id). Open the signup again and choose that account.",
  );
}

async function findNumbers(
  services: Services,
  session: SignupSession,
  token: string,
  input: FinishInput & { wabaId: string },
): Promise<Candidate[]> {
  const listed = await services.graph.listCoexistenceNumbers(token, input.wabaId);
  if ("failed" in listed) {
    throw await fail(
      services,
      session,
      "phone_numbers",
      `Meta did not list the account's numbers (${tell(listed.failed)}).`,
    );
  }
  const numbers = listed
    .filter((number) => input.phoneNumberId === undefined || number.id === input.phoneNumberId)
    .map((number) => ({
      phoneNumberId: number.id,
      displayPhoneNumber: number.displayPhoneNumber,
      verifiedName: number.verifiedName ?? null,
    }));
  if (numbers.length > 0) return numbers;
  throw await fail(
    services,
    session,
    "phone_numbers",
    'The account has no number that is on the WhatsApp Business app and on Cloud API both. Choose "connect the WhatsApp Business app" in the signup.',
  );
}

/** A number that is active with another partner stays there; a disconnected one may come anew. */
async function refuseNumbersElsewhere(
  services: Services,
  session: SignupSession,
  numbers: Candidate[],
): Promise<void> {
  for (const { phoneNumberId } of numbers) {
    if (!(await isHeldElsewhere(services, session.partner, phoneNumberId))) continue;
    throw await fail(
      services,
      session,
      "phone_numbers",
      "A number of this account is connected through another partner. Its owner has to disconnect it in the WhatsApp Business app first (Settings > Account > Business Platform).",
    );
  }
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

/** Keeps the step in the session, so that operators see where it ended. */
async function fail(
  services: Services,
  session: SignupSession,
  step: string,
  detail: string,
): Promise<AppError> {
  await moveSession(services.registry, session.id, ["exchanging"], {
    state: "failed",
    error: { step, detail },
  });
  log.warn("signup.failed", { session: session.id, action: step });
  return new AppError("signup_failed", detail);
}

function tell(result: GraphResult): string {
  if (result.kind === "error") return `code ${result.code ?? result.status}`;
  return result.kind === "unknown" ? "no clear answer" : "an answer without the expected field";
}
