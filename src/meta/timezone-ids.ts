import { canonicalZone } from "../lib/canonical-zone.ts";

/*
 * Meta numbers time zones in a table of its own (Marketing API, "Timezone IDs"; a WABA's
 * `timezone_id` is from it). Here are the numbers on which every copy of the table agrees; others
 * are shown as they are and never written.
 */
const FROM_1 =
  "America/Los_Angeles America/Denver Pacific/Honolulu America/Anchorage America/Phoenix America/Chicago America/New_York Asia/Dubai America/Argentina/San_Luis America/Argentina/Buenos_Aires America/Argentina/Salta Europe/Vienna Australia/Perth Australia/Broken_Hill Australia/Sydney Europe/Sarajevo Asia/Dhaka Europe/Brussels Europe/Sofia Asia/Bahrain America/La_Paz America/Noronha America/Campo_Grande America/Belem America/Sao_Paulo America/Nassau America/Dawson America/Vancouver America/Dawson_Creek America/Edmonton America/Rainy_River America/Regina America/Atikokan America/Iqaluit America/Toronto America/Blanc-Sablon America/Halifax America/St_Johns Europe/Zurich Pacific/Easter America/Santiago Asia/Shanghai America/Bogota America/Costa_Rica Asia/Nicosia Europe/Prague Europe/Berlin Europe/Copenhagen America/Santo_Domingo Pacific/Galapagos America/Guayaquil Europe/Tallinn Africa/Cairo Atlantic/Canary Europe/Madrid Europe/Helsinki Europe/Paris Europe/London Africa/Accra Europe/Athens America/Guatemala Asia/Hong_Kong America/Tegucigalpa Europe/Zagreb Europe/Budapest Asia/Jakarta Asia/Makassar Asia/Jayapura Europe/Dublin Asia/Jerusalem Asia/Kolkata Asia/Baghdad Atlantic/Reykjavik Europe/Rome America/Jamaica Asia/Amman Asia/Tokyo Africa/Nairobi Asia/Seoul Asia/Kuwait Asia/Beirut Asia/Colombo Europe/Vilnius Europe/Luxembourg Europe/Riga Africa/Casablanca Europe/Skopje Europe/Malta Indian/Mauritius Indian/Maldives America/Tijuana America/Hermosillo America/Mazatlan America/Mexico_City Asia/Kuala_Lumpur Africa/Lagos America/Managua Europe/Amsterdam Europe/Oslo Pacific/Auckland Asia/Muscat America/Panama America/Lima Asia/Manila Asia/Karachi Europe/Warsaw America/Puerto_Rico Asia/Gaza Atlantic/Azores Europe/Lisbon America/Asuncion Asia/Qatar Europe/Bucharest Europe/Belgrade Europe/Kaliningrad Europe/Moscow Europe/Samara Asia/Yekaterinburg Asia/Omsk Asia/Krasnoyarsk Asia/Irkutsk Asia/Yakutsk Asia/Vladivostok Asia/Magadan Asia/Kamchatka";

const ZONES = new Map(FROM_1.split(" ").map((zone, index) => [String(index + 1), zone]));
ZONES.set("128", "Asia/Singapore");
/** By the runtime's own names; made when it is first asked for, since that takes some time. */
let ids: Map<string, string> | null = null;

/** The IANA zone of a WABA's `timezone_id`; null for "not set" (0) and for numbers we do not know. */
export function zoneOfId(timezoneId: string | null): string | null {
  return timezoneId === null ? null : (ZONES.get(timezoneId) ?? null);
}

/** Meta's number for an IANA zone by any of its names, or null where it has none that we know. */
export function idOfZone(zone: string): string | null {
  ids ??= new Map([...ZONES].map(([id, each]) => [canonicalZone(each), id]));
  return ids.get(canonicalZone(zone)) ?? null;
}

/** Whether a WABA has a zone at all; Meta shows "not set" as nothing or as 0. */
export function hasZone(timezoneId: string | null): boolean {
  return timezoneId !== null && timezoneId !== "" && timezoneId !== "0";
}
