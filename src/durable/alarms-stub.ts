import { readSettings } from "../env.ts";
import type { AlarmFinding, AlarmName, AlarmView } from "../lib/alarms.ts";
import type { Tallied } from "./alarm-tallies.ts";
import type { Pulse } from "./alarms.ts";
import type { Posted } from "./endpoint-post.ts";

/** The alarms' object as its callers see it. */
export interface AlarmsStub {
  raise: (finding: AlarmFinding) => Promise<void>;
  clear: (alarm: AlarmName, subject: string) => Promise<void>;
  report: (
    kinds: AlarmName[],
    findings: AlarmFinding[],
    readAt: number,
    unsure?: string[],
  ) => Promise<void>;
  tally: (alarm: Tallied, count: number, beside: number) => Promise<void>;
  list: () => Promise<{ open: AlarmView[]; recent: AlarmView[] }>;
  counts: () => Promise<{ open: Partial<Record<AlarmName, number>>; owed: number }>;
  acknowledge: (id: string, operator: string) => Promise<AlarmView | null>;
  tryOut: (operator: string) => Promise<Posted | null>;
  pulse: () => Promise<Pulse>;
}

/** A fresh stub of the one object. Every call passes the hint and the jurisdiction (platform.md 1.3, 2.3). */
export function alarmsStub(env: Env): AlarmsStub {
  const { JURISDICTION: jurisdiction, LOCATION_HINT: hint } = readSettings(env);
  const namespace = jurisdiction === "" ? env.ALARMS : env.ALARMS.jurisdiction(jurisdiction);
  const stub: unknown = namespace.getByName("alarms", {
    locationHint: hint as DurableObjectLocationHint,
  });
  return stub as AlarmsStub;
}
