/**
 * The ways one mobile number is written in the three countries where WhatsApp and the phone
 * network disagree (protocol.md 6, rows 17 and 18): Brazil's ninth digit, Mexico's 1 after 52,
 * Argentina's 9 after 54.
 *
 * @param phone digits with country code
 * @returns the other spellings, without `phone` itself; empty for every other number
 */
export function phoneVariants(phone: string): string[] {
  // Brazil: 55, two digits of area, then eight digits or a 9 and eight digits.
  if (/^55\d{2}9\d{8}$/.test(phone)) return [phone.slice(0, 4) + phone.slice(5)];
  if (/^55\d{2}\d{8}$/.test(phone)) return [`${phone.slice(0, 4)}9${phone.slice(4)}`];
  if (/^521\d{10}$/.test(phone)) return [`52${phone.slice(3)}`];
  if (/^52\d{10}$/.test(phone)) return [`521${phone.slice(2)}`];
  if (/^549\d{10}$/.test(phone)) return [`54${phone.slice(3)}`];
  if (/^54\d{10}$/.test(phone)) return [`549${phone.slice(2)}`];
  return [];
}
