import { hashOf, hexAt } from "./random.ts";

/** A WhatsApp user as one business portfolio sees them. */
export type Customer = {
  /** Digits with the country code. */
  phone: string;
  /** Business-scoped id: another one for another portfolio (protocol.md 2.11). */
  bsuid: string;
  name: string;
};

// 555-0100 to 555-0199 are kept for fiction in every North American area code, so phone-number
// libraries take them as valid and nobody owns them.
const AREA_CODES =
  "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323 325 330".split(
    " ",
  );
const CUSTOMERS_PER_AREA = 90;

const FIRST_NAMES =
  "Ada Bao Carla Dmitri Élodie Farah Goran Hana Iñaki Jonas Kofi Lucía Mei Nuno Olga Priya".split(
    " ",
  );
const LAST_NAMES =
  "Okafor Lindqvist Moreau Tanaka Silva Núñez Haddad Novak Osei Brandt Rossi Wu".split(" ");

/** The n-th customer of everybody's world: lines 0100 to 0189, then made-up area 555 when they run out. */
export function customerPhone(index: number): string {
  const area = AREA_CODES[Math.floor(index / CUSTOMERS_PER_AREA)];
  const line = String(100 + (index % CUSTOMERS_PER_AREA)).padStart(4, "0");
  return area ? `1${area}555${line}` : `1555${String(2_000_000 + index)}`;
}

/** The n-th shop: lines 0190 to 0199, apart from the customers. */
export function shopPhone(index: number): string {
  const area = AREA_CODES[Math.floor(index / 10)];
  const line = String(190 + (index % 10)).padStart(4, "0");
  return area ? `1${area}555${line}` : `1555${String(9_000_000 + index)}`;
}

/** Who a phone number is, to one portfolio; the same answer every time. */
export function customerOf(portfolioId: string, phone: string): Customer {
  const key = hashOf("person", phone);
  const first = FIRST_NAMES[key % FIRST_NAMES.length] ?? "Ada";
  const last = LAST_NAMES[(key >>> 8) % LAST_NAMES.length] ?? "Okafor";
  const scoped = hashOf("bsuid", portfolioId, phone);
  const digits = BigInt(`0x${hexAt(scoped, 0, 16)}`)
    .toString()
    .padStart(20, "7");
  return { phone, bsuid: `US.${digits}`, name: `${first} ${last}` };
}

export function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}
