/** A time zone as people look for it. */
export interface ZoneChoice {
  id: string;
  label: string;
}

/**
 * The zones to choose from, from west to east, each with its city and present distance to UTC.
 *
 * @param zones those of the account's country; where nobody knows it: all
 * @param known the account's own zone, if we know it by name; it is always among them
 */
export function zoneChoices(
  zones: readonly string[],
  known: string | null,
  now: number,
): ZoneChoice[] {
  const all = zones.length > 0 ? zones : Intl.supportedValuesOf("timeZone");
  const ids = new Set(known === null ? all : [...all, known]);
  return [...ids]
    .map((id) => ({ id, ...offsetOf(id, now) }))
    .sort((a, b) => a.minutes - b.minutes || a.id.localeCompare(b.id))
    .map(({ id, offset }) => ({ id, label: `${cityOf(id)} (${offset})` }));
}

function cityOf(id: string): string {
  const [region = id, ...rest] = id.split("/");
  const city = rest.join(", ").replaceAll("_", " ");
  return city === "" ? region : city;
}

function offsetOf(id: string, now: number): { offset: string; minutes: number } {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone: id,
    timeZoneName: "longOffset",
  }).formatToParts(now);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name);
  if (match === null) return { offset: "UTC", minutes: 0 };
  const [, sign, hours, minutes] = match;
  const distance = Number(hours) * 60 + Number(minutes);
  return {
    offset: `UTC${sign === "-" ? "−" : "+"}${hours}:${minutes}`,
    minutes: sign === "-" ? -distance : distance,
  };
}
