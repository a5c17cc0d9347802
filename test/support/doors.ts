import { app } from "../../src/app.ts";
import { doorName } from "../../src/routes/scopes.ts";

/** Doors that ask for no partner's key. */
const OPEN =
  /^\/(webhooks|media|assets|connect|console|health|docs|openapi\.json|v1\/(admin|features|event-types))(\/|$)/;

/** Every door of the app, once, as `METHOD /path` without the patterns of its parameters. */
export const ALL_DOORS: readonly string[] = [
  ...new Set(app.routes.filter(({ method }) => method !== "ALL").map((route) => doorName(route))),
];

/** Every door of the app that a partner's key opens, by its name in the table of scopes. */
export const PARTNER_DOORS: readonly string[] = ALL_DOORS.filter(
  (door) => !OPEN.test(door.slice(door.indexOf("/"))),
);
