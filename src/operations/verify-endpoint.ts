import { AppError } from "../errors.ts";
import { randomText } from "../lib/ids.ts";
import { readStart } from "../lib/read-start.ts";
import { sameSecret } from "../lib/secrets.ts";

const PATIENCE_MS = 10_000;
/** The challenge, and room for a blank or two around it. */
const ANSWER_MAX_BYTES = 256;

/**
 * Asks an address the way Meta asks a webhook (protocol.md 3.1): only a receiver that knows the token
 * answers the challenge. The token is used here and kept nowhere.
 *
 * @param url checked before (operations/check-endpoint-url.ts)
 * @throws AppError naming what came instead of the challenge
 */
export async function verifyEndpoint(url: string, token: string): Promise<void> {
  const challenge = randomText(100);
  const asked = new URL(url);
  asked.searchParams.set("hub.mode", "subscribe");
  asked.searchParams.set("hub.verify_token", token);
  asked.searchParams.set("hub.challenge", challenge);
  const answer = await ask(asked.href);
  if (answer.status !== 200) {
    throw refused(`answered with status ${answer.status}, not 200: is it the same token there?`);
  }
  if (!sameSecret(answer.text.trim(), challenge)) {
    throw refused("answered with something else than the value of hub.challenge, as plain text");
  }
}

async function ask(url: string): Promise<{ status: number; text: string }> {
  try {
    // Its patience is for the body too.
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(url, { redirect: "manual", signal });
    return { status: response.status, text: await readStart(response, ANSWER_MAX_BYTES, signal) };
  } catch (cause) {
    const slow = cause instanceof Error && cause.name === "TimeoutError";
    throw refused(slow ? "did not answer within 10 seconds" : "could not be reached", cause);
  }
}

function refused(what: string, cause?: unknown): AppError {
  return new AppError("invalid_request", `url: the verification failed: it ${what}.`, {
    field: "url",
    reason: "verification_failed",
    cause,
  });
}
