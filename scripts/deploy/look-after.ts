import { askDoctor, printFindings } from "../ask-doctor.ts";
import { DeployError } from "./deploy-error.ts";

const EVERY_MS = 5_000;

export interface Patience {
  sleep: (ms: number) => Promise<void>;
  /** How long a fresh domain may take to answer: its certificate is made meanwhile. */
  healthMs: number;
}

/**
 * Waits until the gateway serves at its address, then lets it look at itself.
 *
 * @param operatorToken null: nobody here knows one, so only its health is asked
 * @throws DeployError where it does not serve
 */
export async function lookAfter(
  url: string,
  operatorToken: string | null,
  say: (line: string) => void,
  { sleep, healthMs }: Patience,
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += EVERY_MS) {
    const problem = await askHealth(url);
    if (problem === null) break;
    if (waitedMs >= healthMs) {
      throw new DeployError(
        `It is deployed, and ${url}/health ${problem}. A new domain takes some minutes until its ` +
          "certificate is there; then run the same again. What the Worker complains of: " +
          "`npx wrangler tail` with this installation's --config.",
      );
    }
    if (waitedMs === 0) say(`waiting for ${url}/health`);
    await sleep(EVERY_MS);
  }
  say(`${url} serves`);
  if (operatorToken === null) {
    say("npm run doctor was not asked: set TANDEM_OPERATOR_TOKEN for that");
    return;
  }
  try {
    const { findings } = await askDoctor(url, operatorToken);
    printFindings(findings, say);
  } catch (err) {
    say(`npm run doctor: ${err instanceof Error ? err.message : String(err)}`);
  }
}

/** @returns what is wrong; null: it serves */
async function askHealth(url: string): Promise<string | null> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(10_000) });
    const body = (await response.json().catch(() => null)) as { ok?: unknown } | null;
    return response.ok && body?.ok === true ? null : `answers ${response.status}`;
  } catch {
    return "does not answer";
  }
}
