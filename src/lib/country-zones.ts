import { canonicalZone } from "./canonical-zone.ts";

/**
 * Where most people of a country with several zones live, as the first of Intl's alphabetical list
 * would be a small town's; and of a few others the name in use today.
 */
const LIKELIEST: Record<string, string> = {
  AR: "America/Argentina/Buenos_Aires",
  AU: "Australia/Sydney",
  BR: "America/Sao_Paulo",
  CA: "America/Toronto",
  CD: "Africa/Kinshasa",
  CL: "America/Santiago",
  CN: "Asia/Shanghai",
  CY: "Asia/Nicosia",
  DE: "Europe/Berlin",
  EC: "America/Guayaquil",
  ES: "Europe/Madrid",
  FR: "Europe/Paris",
  ID: "Asia/Jakarta",
  IN: "Asia/Kolkata",
  KZ: "Asia/Almaty",
  MM: "Asia/Yangon",
  MN: "Asia/Ulaanbaatar",
  MX: "America/Mexico_City",
  MY: "Asia/Kuala_Lumpur",
  NP: "Asia/Kathmandu",
  NZ: "Pacific/Auckland",
  PG: "Pacific/Port_Moresby",
  PS: "Asia/Gaza",
  PT: "Europe/Lisbon",
  RU: "Europe/Moscow",
  UA: "Europe/Kyiv",
  US: "America/New_York",
  UZ: "Asia/Tashkent",
  VN: "Asia/Ho_Chi_Minh",
};

/**
 * The IANA zones of a country, the likeliest first.
 *
 * @param country two letters; null or an unknown one has none
 */
export function zonesOf(country: string | null): string[] {
  if (country === null || !/^[A-Z]{2}$/.test(country)) return [];
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & {
    getTimeZones?: () => string[] | undefined;
  };
  const zones = locale.getTimeZones?.() ?? [];
  const likeliest = LIKELIEST[country];
  if (likeliest === undefined) return zones;
  const same = canonicalZone(likeliest);
  return [likeliest, ...zones.filter((zone) => canonicalZone(zone) !== same)];
}
