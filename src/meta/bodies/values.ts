/** How the values of a send body are read: as generously as Meta reads them. */

/** As good as not given: SDKs leave a field out, write null, or write an empty text. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** A word as Meta compares its enums: whatever the case. Empty for what is no text. */
export function asWord(value: unknown): string {
  return typeof value === "string" ? value.toLowerCase() : "";
}

/** A number is as good as its text: ids are written as either. */
export function isText(value: unknown): boolean {
  return typeof value === "string" || Number.isFinite(value);
}

/** A number or the text of one. */
export function isNumeric(value: unknown): boolean {
  return isText(value) && String(value).trim() !== "" && Number.isFinite(Number(value));
}

/**
 * Characters as Meta counts them: code points, so that an emoji beyond the first plane is one and
 * not the two units it has in JavaScript.
 */
export function countCharacters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}
