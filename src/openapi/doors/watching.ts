import { alarm, alarms, alarmTest } from "../../routes/shapes/alarm.ts";
import { metrics } from "../../routes/shapes/metrics.ts";
import type { Doors } from "../door.ts";

export const watchingDoors: Doors = {
  "GET /v1/admin/metrics": {
    id: "readMetrics",
    tag: "Operators",
    summary: "How the gateway is, in figures",
    description:
      "From our own state, so that it works wherever the gateway runs. With `format=prometheus` in Prometheus' text format, each figure a gauge `tandem_…`. It asks 150 numbers' objects and 50 endpoints' at most: where there are more, those in trouble come first.",
    answers: {
      200: {
        description: "Figures of now.",
        schema: metrics,
        orText: { media: "text/plain", example: 'tandem_senders{state="active"} 12\n' },
      },
    },
    words: { format: "`json` unless told." },
  },
  "GET /v1/admin/alarms": {
    id: "listAlarms",
    tag: "Operators",
    summary: "What needs a person now, and what did lately",
    description: "Answered without D1, also while that is down.",
    answers: { 200: alarms },
  },
  "POST /v1/admin/alarms/:id/acknowledge": {
    id: "acknowledgeAlarm",
    tag: "Operators",
    summary: "End an alarm's repeats",
    description:
      "It stays open until it is over, and that is told. It is told once more only when it has become twice as many.",
    answers: { 200: alarm },
    words: { id: "The alarm's id." },
  },
  "POST /v1/admin/alarms:test": {
    id: "testAlarms",
    tag: "Operators",
    summary: "Post a test alarm to ALARM_URL",
    answers: { 200: alarmTest },
    problems: ["conflict"],
  },
};
