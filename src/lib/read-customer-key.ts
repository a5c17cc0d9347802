const BSUID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/**
 * A customer as people write it: a phone number, however it is punctuated, comes out as digits; a
 * BSUID as it is, its country in capitals. What has other letters is nobody: its digits alone could
 * be another customer's number.
 *
 * @returns null for what names nobody
 */
export function readCustomerKey(text: string): string | null {
  const trimmed = text.trim();
  const bsuid = trimmed.replace(/^[a-z]{2}\.(ent\.)?/i, (country) => country.toUpperCase());
  if (BSUID.test(bsuid)) return bsuid;
  const digits = trimmed.replace(/\D/g, "");
  return digits !== "" && !/\p{L}/u.test(trimmed) ? digits : null;
}
