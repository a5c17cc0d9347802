import { errorKind, log } from "../lib/log.ts";
import { noteAudit } from "./note-audit.ts";
import type { AlarmView } from "../lib/alarms.ts";
import type { Services } from "../services.ts";

/**
 * Ends an open alarm's repeats in an operator's name. It works while D1 is down, when alarms are
 * many: who did it is kept with the alarm, whatever becomes of the audit's row.
 *
 * @returns null where no alarm with this id is open
 */
export async function acknowledgeAlarm(
  services: Services,
  id: string,
  operator: string,
): Promise<AlarmView | null> {
  const alarm = await services.alarms().acknowledge(id, operator);
  if (alarm === null) return null;
  const detail = `${alarm.alarm}: ${alarm.subject}`;
  try {
    await noteAudit(services, { operator, action: "alarm.acknowledge", detail });
  } catch (err) {
    log.error("request.failed", { reason: "audit", error: errorKind(err) });
  }
  return alarm;
}
