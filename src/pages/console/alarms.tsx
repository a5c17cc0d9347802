import { count, Empty, Time } from "./parts.tsx";
import { AppError } from "../../errors.ts";
import { ALARMS } from "../../lib/alarms.ts";
import { acknowledgeAlarm } from "../../operations/acknowledge-alarm.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { AlarmView } from "../../lib/alarms.ts";

const SHOWN = 20;

/**
 * Open alarms, those that nobody has acknowledged first; null: who knows them does not answer.
 * Brief: what is wrong and what to do, but not about whom.
 */
export function AlarmList({ alarms, isBrief }: { alarms: AlarmView[] | null; isBrief: boolean }) {
  if (alarms === null) return <p class="problem">The alarms cannot be read now.</p>;
  if (alarms.length === 0) return <Empty>No alarm is open.</Empty>;
  const isNew = ({ acknowledgedAt }: AlarmView) => acknowledgedAt === null;
  const sorted = [...alarms.filter(isNew), ...alarms.filter((alarm) => !isNew(alarm))];
  return (
    <>
      <ul class="alarms" aria-label="Open alarms">
        {sorted.slice(0, SHOWN).map((alarm) => (
          <Alarm alarm={alarm} isBrief={isBrief} />
        ))}
      </ul>
      {sorted.length <= SHOWN ? null : (
        <p class="hint">
          And {count(sorted.length - SHOWN)} more, which GET /v1/admin/alarms lists.
        </p>
      )}
    </>
  );
}

function Alarm({ alarm, isBrief }: { alarm: AlarmView; isBrief: boolean }) {
  const { title, whatToDo } = ALARMS[alarm.alarm];
  const isSeen = alarm.acknowledgedAt !== null;
  return (
    <li class={isSeen ? "seen" : undefined}>
      <div>
        <h2>{title}</h2>
        <p class="meta">
          {isBrief ? null : <span class="subject">{alarm.subject}</span>} since{" "}
          <Time at={alarm.since} />
          {isSeen ? (
            <>
              {" "}
              · acknowledged {isBrief ? "" : `by ${alarm.acknowledgedBy}`} at{" "}
              <Time at={alarm.acknowledgedAt} />
            </>
          ) : null}
        </p>
        {isBrief ? null : <p>{alarm.detail}</p>}
        <p>{whatToDo}</p>
      </div>
      <div class="deeds">
        {isBrief || alarm.path === "/console" ? null : (
          <a class="button" href={alarm.path}>
            Look at it
          </a>
        )}
        {isSeen ? null : (
          <form method="post" action={`/console/alarms/${alarm.id}/acknowledge`}>
            <button>Acknowledge</button>
          </form>
        )}
      </div>
    </li>
  );
}

/** Ends an alarm's repeats; it stays open until it is over. */
export async function acknowledge(c: Context<AppContext>) {
  const id = c.req.param("id") ?? "";
  const alarm = await acknowledgeAlarm(c.var.services, id, c.var.operator);
  if (alarm === null) throw new AppError("not_found", "This alarm is over.");
  return c.redirect("/console", 303);
}
