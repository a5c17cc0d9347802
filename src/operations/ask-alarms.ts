import type { AlarmsStub } from "../durable/alarms-stub.ts";
import type { AlarmView } from "../lib/alarms.ts";
import type { Services } from "../services.ts";

/** The open alarms and those that are over, the newest first. */
export function listAlarms(
  services: Services,
): Promise<{ open: AlarmView[]; recent: AlarmView[] }> {
  return services.alarms().list();
}

/** Posts a test alarm to ALARM_URL; null where that is not set. Never rejects for what it answers. */
export function tryAlarm(services: Services, operator: string): ReturnType<AlarmsStub["tryOut"]> {
  return services.alarms().tryOut(operator);
}
