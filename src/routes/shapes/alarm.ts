import * as z from "zod";
import { ALARMS } from "../../lib/alarms.ts";
import { at, fits } from "./fits.ts";
import type { AlarmName } from "../../lib/alarms.ts";
import type { AnswerOf } from "./fits.ts";
import type { alarmRoutes, viewAlarm } from "../alarms.ts";

const names = Object.keys(ALARMS) as [AlarmName, ...AlarmName[]];

export const alarm = fits<ReturnType<typeof viewAlarm>>()(
  z.strictObject({
    id: z.string(),
    alarm: z.enum(names),
    subject: z
      .string()
      .describe("A phone_number_id, an endpoint's id, a database, a queue, a sweep, or `gateway`."),
    title: z.string(),
    detail: z.string(),
    what_to_do: z.string(),
    link: z.string().describe("The console's page about it."),
    since: at.describe("When what it is about began."),
    raised_at: at,
    cleared_at: at.nullable().describe("null: it is so now."),
    acknowledged_by: z.string().nullable().describe("Who ended its repeats."),
    acknowledged_at: at.nullable(),
    posts: z.int().describe("How often it was told to the webhook, so far taken or not."),
    taken_at: at.nullable().describe("When the webhook took a post about it last."),
  }),
).meta({ id: "Alarm" });

export const alarms = fits<AnswerOf<typeof alarmRoutes, "/alarms", "$get">>()(
  z.strictObject({
    open: z.array(alarm).describe("The newest first, at most 200."),
    recent: z.array(alarm).describe("Those that ended last, at most 50; kept for 30 days."),
    are_posted: z.boolean().describe("Whether ALARM_URL is set."),
  }),
).meta({ id: "Alarms" });

export const alarmTest = fits<AnswerOf<typeof alarmRoutes, "/alarms:test", "$post">>()(
  z.strictObject({
    taken: z.boolean(),
    status: z.int().nullable().describe("What the webhook answered; null: nothing came."),
    failure: z.string().nullable().describe("`http_500`, `redirect`, `timeout`, `connection`."),
    ms: z.int(),
    answer: z.string().nullable().describe("The start of the answer's body."),
  }),
).meta({ id: "AlarmTest" });
