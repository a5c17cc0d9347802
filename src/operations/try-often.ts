import { errorKind, log } from "../lib/log.ts";
import type { Services } from "../services.ts";

const TRIES = 5;

/**
 * Tells an object what nobody else knows: it may be starting anew, and is asked again for three
 * seconds.
 *
 * @param fields of the log line about a try that was not answered
 * @throws what the last one threw
 */
export async function tryOften<T>(
  services: Pick<Services, "sleep">,
  fields: { reason: string; send?: string },
  ask: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (err) {
      log.warn("object.unanswered", { ...fields, attempts: tries, error: errorKind(err) });
      if (tries === TRIES) throw err;
      await services.sleep(100 * 2 ** tries);
    }
  }
}
