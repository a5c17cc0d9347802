import { SWEEPS_LATE_MS } from "../lib/alarms.ts";
import { ShortCache } from "../lib/short-cache.ts";
import type { Services } from "../services.ts";

/** Anybody may ask, and each question would be a call to the one object. */
const KEPT_MS = 10_000;
const cache = new ShortCache();

export interface PulseReport {
  ok: boolean;
  /** Epoch ms; null where they never ran. */
  sweptAt: number | null;
  detail: string;
}

/** Whether the sweeps run, as the alarms' object knows it. Never rejects. */
export function readPulse(services: Services): Promise<PulseReport> {
  return cache.get(services.settings.PUBLIC_URL, KEPT_MS, services.now(), () => askPulse(services));
}

async function askPulse(services: Services): Promise<PulseReport> {
  try {
    const { sweptAt, watchedSince } = await services.alarms().pulse();
    const now = services.now();
    const ok = now - (sweptAt ?? watchedSince) < SWEEPS_LATE_MS;
    if (sweptAt === null) {
      return { ok, sweptAt, detail: ok ? "They have not run yet." : "They never ran." };
    }
    const minutes = Math.round((now - sweptAt) / 60_000);
    return { ok, sweptAt, detail: `They ran ${minutes} min ago.` };
  } catch {
    return { ok: false, sweptAt: null, detail: "The object that knows does not answer." };
  }
}
