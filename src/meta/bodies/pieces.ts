import * as z from "zod";
import { asObject } from "../read-json.ts";
import { asWord, countCharacters, isAbsent, isNumeric, isText } from "./values.ts";
import type { Json } from "../read-json.ts";

/**
 * What the schemas of send bodies are made of. They only look: what leaves for Meta is the partner's
 * own body, so nothing here changes a value, and fields that no schema names pass unseen. Where a
 * schema complains, its message is the end of a sentence that begins with the field's path; whether
 * something is missing (131008) or wrong (131009) is seen from the value itself (`find-fault.ts`).
 */
export type Piece = z.ZodType;

type Payload = z.core.ParsePayload;

/** Text with something in it. @param max in characters, counted as Meta counts (`values.ts`) */
export function text(what: string, max = Infinity): Piece {
  return z
    .custom((value) => isText(value) && value !== "", complaint("text", what))
    .check(atMost(max));
}

/** Text that has to be given and may be empty. */
export function textOrEmpty(what: string, max = Infinity): Piece {
  return z.custom(isText, complaint("text", what)).check(atMost(max));
}

/** Text for which a number is not as good: it is given back as it came. */
export function textAsIs(what: string, max: number): Piece {
  return z.custom((value) => typeof value === "string", complaint("text", what)).check(atMost(max));
}

/** Yes or no, in each way Graph reads it from JSON. */
export function flag(what: string): Piece {
  return z.custom((value) => FLAGS.has(value), complaint("true or false", what));
}
const FLAGS = new Set<unknown>([true, false, "true", "false", 1, 0, "1", "0"]);

/** A number, also as text (protocol.md 3.2, location). */
export function number(what: string): Piece {
  return z.custom(isNumeric, complaint("a number", what));
}

/** One of Meta's words. @param words in lower case */
export function oneOf(what: string, ...words: string[]): Piece {
  const listed = words.map((word) => `"${word}"`).join(" or ");
  return z.custom((value) => words.includes(asWord(value)), complaint(listed, what));
}

/** The address of a file that Meta fetches. */
export function webAddress(what: string): Piece {
  return matching(/^\s*https?:\/\/./i, "an address that begins with http:// or https://", what);
}

/** A day as YYYY-MM-DD. */
export function date(what: string): Piece {
  return matching(/^\d{4}-\d{2}-\d{2}$/, "a date as YYYY-MM-DD", what);
}

/** What may be left out; but where it is given, it has to be right. */
export function maybe(piece: Piece): Piece {
  return z
    .unknown()
    .check(raise((value) => (isAbsent(value) ? undefined : findComplaint(piece, value))))
    .optional();
}

/** A field that this kind does not take. */
export function refused(why: string): Piece {
  return maybe(z.never({ error: `is not allowed here: ${why}.` }));
}

/** An object with these fields, and any others. */
export function object(what: string, fields: Record<string, Piece>): Piece {
  return z.object(fields, complaint("an object", what));
}

/** An object of which `checkFirst` looks at the whole before its fields are looked at. */
export function objectWith(
  what: string,
  checkFirst: (value: Json) => Complaint | undefined,
  fields: Record<string, Piece>,
): Piece {
  return z
    .custom<Json>((value) => asObject(value) !== undefined, complaint("an object", what))
    .check(raise(checkFirst))
    .pipe(z.object(fields));
}

/** For `objectWith`: one of two fields has to be given, and only one. */
export function eitherOf(first: string, second: string, what: string) {
  return (value: Json): Complaint | undefined => {
    const hasFirst = !isAbsent(value[first]);
    const hasSecond = !isAbsent(value[second]);
    if (hasFirst !== hasSecond) return undefined;
    return hasFirst
      ? { path: [second], message: `stands beside ${first}; give one of the two.` }
      : { path: [first], message: `is missing: ${what} (or ${second} instead).` };
  };
}

/** Content of a type that Tandem does not know. */
export function objectOrList(what: string): Piece {
  return z.custom(
    (value) => typeof value === "object" && value !== null,
    complaint("an object or a list", what),
  );
}

/**
 * A list of so many entries. It is read up to its first fault, and not at all where there are too
 * many: a body full of wrong entries costs no more than one.
 */
export function list(what: string, entry: Piece, min = 0, max = Infinity): Piece {
  return z.custom<unknown[]>(Array.isArray, complaint("a list", what)).check(
    raise((entries) => countComplaint(entries.length, min, max)),
    raise((entries) => {
      for (const [index, value] of entries.entries()) {
        const found = findComplaint(entry, value);
        if (found !== undefined) return { ...found, path: [index, ...found.path] };
      }
      return undefined;
    }),
  );
}

/** A value whose schema depends on the value: only that one is tried, so it says what was meant. */
export function choose(schemaFor: (value: unknown) => Piece): Piece {
  return z.unknown().check(raise((value) => findComplaint(schemaFor(value), value)));
}

/** An object whose `type` names its schema in a table. @param other for types not in the table */
export function byType(table: ReadonlyMap<string, Piece>, other: Piece): Piece {
  return choose((value) => table.get(asWord(asObject(value)?.["type"])) ?? other);
}

/** The first complaint of a schema about a value, in the order of the schema's fields. */
export function findComplaint(schema: Piece, value: unknown): Complaint | undefined {
  return schema.safeParse(value).error?.issues[0];
}

/** What is wrong, and where below the value that was looked at. */
export interface Complaint {
  path: PropertyKey[];
  message: string;
}

/** A check of a whole value, for what no single field shows. */
export function raise<T>(find: (value: T) => Complaint | undefined) {
  return (payload: Payload & { value: T }): void => {
    const found = find(payload.value);
    if (found === undefined) return;
    const { path, message } = found;
    payload.issues.push({ code: "custom", path, message, input: payload.value });
  };
}

/** The first entry whose value an earlier one has too; what is no text repeats nothing. */
export function findRepeat(
  entries: { path: PropertyKey[]; value: unknown }[],
  message: string,
): Complaint | undefined {
  const seen = new Set<string>();
  for (const { path, value } of entries) {
    if (isAbsent(value) || !isText(value)) continue;
    if (seen.has(String(value))) return { path, message };
    seen.add(String(value));
  }
  return undefined;
}

function atMost(max: number) {
  return raise((value) => {
    const found = String(value);
    // Never more code points than units: most texts need no count.
    if (found.length <= max) return undefined;
    const count = countCharacters(found);
    return count <= max
      ? undefined
      : { path: [], message: `has ${count} characters; ${max} are allowed.` };
  });
}

function countComplaint(count: number, min: number, max: number): Complaint | undefined {
  if (count >= min && count <= max) return undefined;
  const allowed = max === Infinity ? `at least ${min}` : `${min} to ${max}`;
  return {
    path: [],
    message: `has ${count} ${count === 1 ? "entry" : "entries"}; ${allowed} are allowed.`,
  };
}

function matching(pattern: RegExp, kind: string, what: string): Piece {
  return z.custom(
    (value) => typeof value === "string" && pattern.test(value),
    complaint(kind, what),
  );
}

function complaint(kind: string, what: string) {
  return {
    error: ({ input }: { input?: unknown }) =>
      isAbsent(input) ? `is missing: ${what}.` : `must be ${kind}: ${what}.`,
  };
}
