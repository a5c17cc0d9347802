import { Hono } from "../lib/hono.ts";
import { AppError } from "../errors.ts";
import { ALARMS } from "../lib/alarms.ts";
import { acknowledgeAlarm } from "../operations/acknowledge-alarm.ts";
import { listAlarms, tryAlarm } from "../operations/ask-alarms.ts";
import { doNoted } from "../operations/note-audit.ts";
import { requireOperator } from "./require-operator.ts";
import { iso } from "./views.ts";
import type { AppContext } from "../env.ts";
import type { AlarmView } from "../lib/alarms.ts";

/** What operators must hear of, and whether it reaches them. */
export const alarmRoutes = new Hono<AppContext>()
  .use(requireOperator)
  .get("/alarms", async (c) => {
    const { open, recent } = await listAlarms(c.var.services);
    const { PUBLIC_URL: home, ALARM_URL, ALARM_SECRET } = c.var.services.settings;
    const view = (alarm: AlarmView) => viewAlarm(alarm, home);
    return c.json({
      open: open.map(view),
      recent: recent.map(view),
      are_posted: ALARM_URL !== "" && ALARM_SECRET !== undefined,
    });
  })
  .post("/alarms/:id/acknowledge", async (c) => {
    const { services, operator } = c.var;
    const alarm = await acknowledgeAlarm(services, c.req.param("id"), operator);
    if (alarm === null) throw new AppError("not_found", "No alarm with this id is open.");
    return c.json(viewAlarm(alarm, services.settings.PUBLIC_URL));
  })
  .post("/alarms:test", async (c) => {
    const { services, operator } = c.var;
    const posted = await doNoted(services, { operator, action: "alarm.test" }, async () => {
      const answered = await tryAlarm(services, operator);
      if (answered !== null) return answered;
      throw new AppError(
        "conflict",
        "ALARM_URL or ALARM_SECRET is not set, so alarms are only shown. Set ALARM_SECRET with `npx wrangler secret put`, then `npm run deploy -- --var ALARM_URL=…`.",
      );
    });
    const { failure, status, ms, answer } = posted;
    return c.json({ taken: failure === null, status, failure, ms, answer });
  });

/** An alarm as the API shows it. */
export function viewAlarm(alarm: AlarmView, home: string) {
  const { title, whatToDo } = ALARMS[alarm.alarm];
  return {
    id: alarm.id,
    alarm: alarm.alarm,
    subject: alarm.subject,
    title,
    detail: alarm.detail,
    what_to_do: whatToDo,
    link: `${home.replace(/\/$/, "")}${alarm.path}`,
    since: iso(alarm.since),
    raised_at: iso(alarm.raisedAt),
    cleared_at: iso(alarm.clearedAt),
    acknowledged_by: alarm.acknowledgedBy,
    acknowledged_at: iso(alarm.acknowledgedAt),
    posts: alarm.told,
    taken_at: iso(alarm.takenAt),
  };
}
