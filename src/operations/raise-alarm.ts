import { errorKind, log } from "../lib/log.ts";
import type { Tallied } from "../durable/alarm-tallies.ts";
import type { AlarmFinding } from "../lib/alarms.ts";
import type { Services } from "../services.ts";

/** An isolate says how often something happened at most so often. */
const TALLY_EVERY_MS = 10_000;
/** A burst that ends within that time is said all the same: at so many, at ten times as many, … */
const MANY = 50;

interface Unsaid {
  count: number;
  beside: number;
  saidAt: number;
  /** So many are said at once. */
  most: number;
}

const unsaid = new Map<Tallied, Unsaid>();

/** Tells operators that this is so. Never rejects: whatever is wrong, the caller's work goes on. */
export async function raiseAlarm(services: Services, finding: AlarmFinding): Promise<void> {
  try {
    await services.alarms().raise(finding);
  } catch (err) {
    const { alarm, subject } = finding;
    log.error("alarm.not_raised", { alarm, subject, error: errorKind(err) });
  }
}

/**
 * Counts what is an alarm only in number. Calls within 10 s are said as one, and at once where it is
 * many; the last few of a row may stay unsaid, which changes nothing. Never rejects.
 *
 * @param beside what went well since the last call
 */
export async function tallyAlarm(
  services: Services,
  alarm: Tallied,
  count: number,
  beside = 0,
): Promise<void> {
  const now = services.now();
  const before = unsaid.get(alarm) ?? { count: 0, beside: 0, saidAt: 0, most: MANY };
  const sum = { count: before.count + count, beside: before.beside + beside };
  // A clock that was set back is no reason to wait.
  const isSoon = now < before.saidAt + TALLY_EVERY_MS && now >= before.saidAt;
  if (isSoon && sum.count < before.most) {
    unsaid.set(alarm, { ...before, ...sum });
    return;
  }
  const next = isSoon ? { ...before, most: before.most * 10 } : { saidAt: now, most: MANY };
  unsaid.set(alarm, { ...next, count: 0, beside: 0 });
  try {
    await services.alarms().tally(alarm, sum.count, sum.beside);
  } catch (err) {
    log.error("alarm.not_raised", { alarm, error: errorKind(err) });
  }
}
