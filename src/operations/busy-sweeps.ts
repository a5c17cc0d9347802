import { deleteMark, listMarks, writeMark } from "../database/marks.ts";
import { errorKind, log } from "../lib/log.ts";
import type { Services } from "../services.ts";

/*
 * Cron calls a minute apart overlap where a sweep is slow. One that has gone on for a while says so,
 * and the next call leaves it out; a quick one costs no row. It is courtesy, not a lock: two at once
 * do no harm.
 */

const PREFIX = "busy.";
/** It says so again and again: one whose Worker died is left out no longer than this. */
const VALID_MS = 60_000;
const AGAIN_MS = 30_000;

/** What says that a sweep is under way, until it is ended. */
export interface Busy {
  timer: ReturnType<typeof setTimeout>;
  /** The last mark that is being written; null: it was quick. */
  written: Promise<void> | null;
}

/** Names of the sweeps that another call is at. Where D1 does not say, none is. */
export async function listBusySweeps({ registry, now }: Services): Promise<Set<string>> {
  try {
    const marks = await listMarks(registry, PREFIX);
    const busy = marks.filter(({ value }) => Number(value) > now());
    return new Set(busy.map(({ name }) => name.slice(PREFIX.length)));
  } catch (err) {
    log.warn("scheduled.unmarked", { error: errorKind(err) });
    return new Set();
  }
}

/** From `afterMs` on, a sweep is known to be under way. */
export function noteBusySweep(services: Services, name: string, afterMs: number): Busy {
  const say = () => {
    busy.written = mark(services, name);
    busy.timer = setTimeout(say, AGAIN_MS);
  };
  const busy: Busy = { timer: setTimeout(say, afterMs), written: null };
  return busy;
}

/** It is over. Never rejects. */
export async function endBusySweep(services: Services, name: string, busy: Busy): Promise<void> {
  clearTimeout(busy.timer);
  if (busy.written === null) return;
  await busy.written;
  try {
    await deleteMark(services.registry, PREFIX + name);
  } catch (err) {
    log.warn("scheduled.unmarked", { sweep: name, error: errorKind(err) });
  }
}

async function mark({ registry, now }: Services, name: string): Promise<void> {
  try {
    await writeMark(registry, PREFIX + name, String(now() + VALID_MS));
  } catch (err) {
    log.warn("scheduled.unmarked", { sweep: name, error: errorKind(err) });
  }
}
