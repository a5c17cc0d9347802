/** Making one costs far more than using it. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * The calendar day of an instant in a time zone.
 *
 * @param zone an IANA time zone; for one that the runtime does not know, UTC is meant
 * @param at epoch ms
 * @returns `YYYY-MM-DD`
 */
export function calendarDay(zone: string, at: number): string {
  const parts = formatterOf(zone).formatToParts(at);
  const read = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${read("year").padStart(4, "0")}-${read("month")}-${read("day")}`;
}

/** The first and the last day of the month that a day lies in. @param day `YYYY-MM-DD` */
export function monthOf(day: string): { first: string; last: string } {
  const [year, month] = day.split("-").map(Number);
  // Day 0 of the next month is the last of this one.
  const last = new Date(Date.UTC(year ?? 0, month ?? 1, 0)).getUTCDate();
  return { first: `${day.slice(0, 7)}-01`, last: `${day.slice(0, 7)}-${last}` };
}

/** How many days a span has, its first and its last counted. @param from, to `YYYY-MM-DD` */
export function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = makeFormatter(zone);
  formatters.set(zone, made);
  return made;
}

function makeFormatter(zone: string): Intl.DateTimeFormat {
  const fields = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  try {
    return new Intl.DateTimeFormat("en", { ...fields, calendar: "gregory", timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat("en", { ...fields, calendar: "gregory", timeZone: "UTC" });
  }
}
