/** Loose readers for Meta's JSON: what has another shape than expected reads as absent. */
import { cutBelow } from "../lib/nesting-depth.ts";

export type Json = Record<string, unknown>;

/**
 * What lies deeper in a body reads as null. Nothing that Meta means is deeper than a dozen levels;
 * SQLite's JSON functions stop at 1,000, and JavaScript's at some thousands with an error that would
 * take the body's other items along.
 */
export const READ_LEVELS = 500;

/**
 * Parses what Meta sent. Strings lose their NUL characters, at any depth: databases and programs
 * behind us break on them (protocol.md 6, row 33).
 *
 * @throws SyntaxError when it is no JSON
 */
function parseMeta(text: string): unknown {
  // Only an escape can make one, and a reviver costs as much again as parsing.
  if (!text.includes(String.raw`\u0000`)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === "string" ? value.replaceAll("\0", "") : value,
  );
}

export function asObject(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : undefined;
}

export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A body that is a JSON object, down to READ_LEVELS, or undefined. @param bytes UTF-8 */
export function parseJsonObject(bytes: Uint8Array): Json | undefined {
  try {
    return asObject(parseMeta(new TextDecoder().decode(cutBelow(bytes, READ_LEVELS))));
  } catch {
    return undefined;
  }
}

/** The objects of an array; what is not an object in it is passed over. */
export function asObjects(value: unknown): Json[] {
  return asArray(value).filter((item): item is Json => asObject(item) !== undefined);
}

/** Text without NUL characters (protocol.md 6, row 33); numbers too, since ids come as either. */
export function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value.replaceAll("\0", "");
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return undefined;
}

/**
 * An id of Meta, which has some 16 digits: what is far longer names nothing, and no object either.
 */
export function asMetaId(value: unknown): string | undefined {
  const text = asText(value);
  return text !== undefined && text.length <= ID_MAX_LENGTH ? text : undefined;
}
/** Meta's own samples have words in the place of ids. */
const ID_MAX_LENGTH = 64;

/**
 * The digits of a phone number written in any way, or undefined where there are none; what is far
 * longer than a number is none, and fits no key.
 */
export function asDigits(value: unknown): string | undefined {
  const digits = asMetaId(value)?.replace(/\D/g, "");
  return digits === "" ? undefined : digits;
}

/** A customer's number as digits. What has letters is none: a BSUID's digits look like one. */
export function asPhone(value: unknown): string | undefined {
  return /\p{L}/u.test(asText(value) ?? "") ? undefined : asDigits(value);
}

/** A BSUID: country, dot, alphanumerics (protocol.md 2.11). It is kept whole. */
export function asBsuid(value: unknown): string | undefined {
  const text = asText(value);
  return text !== undefined && BSUID.test(text) ? text : undefined;
}
const BSUID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/**
 * A time in epoch ms from unix seconds or milliseconds, as string or number. Seconds are the rule,
 * the contact sync has been seen with milliseconds (protocol.md 6, row 8): told by size.
 */
export function asTime(value: unknown): number | undefined {
  const text = asText(value);
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const time = Number(text);
  const ms = time >= 1e12 ? time : time * 1000;
  return ms < LATEST ? ms : undefined;
}
/** The year 2100: what is later is no time, and dates end before what a number can hold. */
const LATEST = 4_102_444_800_000;
