import { log } from "../lib/log.ts";
import { carrySend } from "./carry-send.ts";
import type { Services } from "../services.ts";

/** A run ends after this long, so that other senders' tickets get their turn. */
const RUN_MS = 55_000;
/** As many as fit into the second that places are handed out ahead. */
const AT_ONCE = 20;

/**
 * Sends what a number has queued, at its pace: asks the object for the next few places, carries
 * them side by side, asks again. Its last sends go on under `waitUntil` after the run.
 */
export async function drainSends(
  services: Services,
  phoneNumberId: string,
  waitUntil: (promise: Promise<unknown>) => void,
): Promise<void> {
  const startedAt = services.now();
  let carried = 0;
  for (;;) {
    const { carries, askAgainMs } = await services.phone(phoneNumberId).next(AT_ONCE);
    for (const carry of carries) {
      waitUntil(services.sleep(carry.waitMs).then(() => carrySend(services, carry)));
    }
    carried += carries.length;
    if (askAgainMs === null) break;
    if (services.now() + askAgainMs - startedAt > RUN_MS) {
      await services.queues.sends.send({ phoneNumberId });
      break;
    }
    await services.sleep(askAgainMs);
  }
  log.info("sends.drained", { count: carried, ms: services.now() - startedAt });
}
