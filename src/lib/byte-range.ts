/** A part of a file. */
export interface ByteRange {
  offset: number;
  length: number;
}

/**
 * Reads a Range header (RFC 9110, 14.2) against a file of `size` bytes.
 *
 * @returns the one range it names; null where the whole file is to be served (none, several, or not
 *   readable); "unsatisfiable" where it begins behind the end
 */
export function readRange(
  header: string | undefined,
  size: number,
): ByteRange | null | "unsatisfiable" {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? "") ?? [];
  if (from === "" && to === "") return null;
  if (from === "") {
    const length = Math.min(Number(to), size);
    return length === 0 ? "unsatisfiable" : { offset: size - length, length };
  }
  const offset = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < offset) return null;
  return offset >= size ? "unsatisfiable" : { offset, length: last - offset + 1 };
}
