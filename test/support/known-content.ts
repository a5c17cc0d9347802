/*
 * Invariant 9 over the whole test run: what the tests put into the gateway is kept here where it is
 * made (at its doors, at Graph's, in the seeds), and no line that the gateway logs may hold any of it.
 */

export type ContentKind = "number" | "person" | "text" | "token" | "address" | "wamid";

export interface Leak {
  kind: ContentKind;
  line: string;
}

/** Shorter ones occur by chance. */
const TEXT_MIN = 6;
const WORD_MIN = 5;
const NUMBER_MIN = 9;
/** Values are found by how they begin: a line is walked once, however much is known. */
const PREFIX = 6;
/** A body of a big import has many of the same; after so many of one body enough is known. */
const VALUES_OF_A_BODY = 5_000;

const NUMBER_KEYS = listed(
  `from to wa_id recipient_id recipient phone phone_number input display_phone_number old_wa_id
   new_wa_id customer user_id parent_user_id`,
);
const WORD_KEYS = listed(
  `body caption filename title verified_name name username formatted_name first_name last_name
   full_name company city street`,
);
const TOKEN_KEYS = listed("access_token key secret token ctwa_clid");
const ADDRESS_KEYS = listed("url link source_url");

const numbers = new Set<string>();
const words = new Set<string>();
/** By their first letters. */
const values = new Map<string, Map<string, ContentKind>>();

function listed(keys: string): ReadonlySet<string> {
  return new Set(keys.split(/\s+/));
}

/** Keeps a value that no line may hold; one that is too short to be told from others is passed over. */
export function noteContent(kind: Exclude<ContentKind, "wamid">, value: string): void {
  if (kind === "number") {
    const digits = value.replaceAll(/\D/g, "");
    if (digits.length >= NUMBER_MIN) numbers.add(digits);
    return;
  }
  // As it stands in a line of JSON.
  for (const text of new Set([value, JSON.stringify(value).slice(1, -1)])) {
    if (text.length < TEXT_MIN) continue;
    const prefix = text.slice(0, PREFIX);
    const known = values.get(prefix) ?? new Map<string, ContentKind>();
    values.set(prefix, known.set(text, kind));
  }
}

/** Keeps all that is somebody's in a body: of a webhook, a call, or an answer of Graph's. */
export function noteBody(body: unknown): void {
  let left = VALUES_OF_A_BODY;
  const walk = (value: unknown, key: string) => {
    if (left <= 0) return;
    if (typeof value === "string") {
      left -= 1;
      noteField(key, value);
    } else if (Array.isArray(value)) {
      for (const member of value) walk(member, key);
    } else if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value)) walk(member, name);
    }
  };
  walk(body, "");
}

/** The same of JSON as text; of anything else nothing is kept. */
export function noteJson(text: string): void {
  try {
    noteBody(JSON.parse(text));
  } catch {
    // Not JSON: a test of what cannot be read.
  }
}

function noteField(key: string, value: string): void {
  if (NUMBER_KEYS.has(key) && /^\+?[\d ()-]+$/.test(value)) noteContent("number", value);
  else if (NUMBER_KEYS.has(key)) noteContent("person", value);
  else if (TOKEN_KEYS.has(key)) noteContent("token", value);
  else if (ADDRESS_KEYS.has(key)) noteContent("address", value);
  else if (/[\s\u0080-\uffff]/.test(value)) noteContent("text", value);
  else if (WORD_KEYS.has(key) && value.length >= WORD_MIN && !isName(value)) words.add(value);
}

/** What reads like a name of ours (`order_ready`, `failed`) cannot be told from one. */
function isName(value: string): boolean {
  return /^[a-z0-9_.:-]+$/.test(value);
}

/** The lines that hold what they must not; each is named once. */
export function findLeaks(lines: readonly string[]): Leak[] {
  return lines.flatMap((line) => {
    const kind = leakOf(line);
    return kind === null ? [] : [{ kind, line }];
  });
}

function leakOf(line: string): ContentKind | null {
  if (line.includes("wamid.")) return "wamid"; // it embeds a number, whoever's it is
  for (const run of line.match(/\d{9,}/g) ?? []) if (numbers.has(run)) return "number";
  for (let at = 0; at + PREFIX <= line.length; at++) {
    const known = values.get(line.slice(at, at + PREFIX));
    if (known === undefined) continue;
    for (const [value, kind] of known) if (line.startsWith(value, at)) return kind;
  }
  for (const word of line.match(/[^\s"{}[\],:=]+/g) ?? []) if (words.has(word)) return "text";
  return hasWords(line) ? "text" : null;
}

/**
 * Fields of a line are ids, counts and names of ours: none has a space, or a letter beyond ASCII. An
 * operator is called as whoever runs the gateway likes.
 */
function hasWords(line: string): boolean {
  if (!line.startsWith('{"level":')) return false;
  return /[\s\u0080-\uffff]|\\[nrtu]/.test(line.replace(/"operator":"[^"]*"/, ""));
}
