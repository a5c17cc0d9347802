import { readMark, writeMark } from "../database/marks.ts";
import { listConnected } from "../database/senders.ts";
import { errorKind, log } from "../lib/log.ts";
import type { Services } from "../services.ts";

const EVERY_MS = 3_600_000;
const AT_ONCE = 50;
const MARK = "sweep.senders";

/**
 * Wakes every connected sender's object once an hour, some at a time: an alarm that the platform
 * dropped is the only thing that could leave a journal lying.
 */
export async function sweepSenders(services: Services): Promise<number> {
  const [key, startedAt] = ((await readMark(services.registry, MARK)) ?? "0 0")
    .split(" ")
    .map(Number) as [number, number];
  const now = services.now();
  if (key === 0 && now - startedAt < EVERY_MS) return 0;
  const senders = await listConnected(services.registry, key, AT_ONCE);
  let behind = 0;
  for (const sender of senders) {
    try {
      const { journal } = await services.phone(sender.phoneNumberId).wake();
      if (journal > 0) behind += 1;
    } catch (err) {
      log.warn("scheduled.skipped", {
        sweep: "senders",
        sender: sender.key,
        error: errorKind(err),
      });
    }
  }
  const last = senders.length === AT_ONCE ? (senders.at(-1)?.key ?? 0) : 0;
  await writeMark(services.registry, MARK, `${last} ${key === 0 ? now : startedAt}`);
  return behind;
}
