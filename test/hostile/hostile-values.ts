import { joined, Members, Raw } from "./json-tree.ts";
import type { Tree } from "./json-tree.ts";
import type { Random } from "../../simulator/random.ts";

/** Names that every object answers to, or that engines treat as their own. */
export const PROTOTYPE_KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "toString",
  "valueOf",
  "toJSON",
  "then",
  "length",
  "__defineGetter__",
] as const;

/** Text that something behind us may take for more than text. */
export const STRINGS: readonly string[] = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "x\udc00y",
  "\ufeffbom",
  "\u2028\u2029",
  "\u202egnp.exe",
  "💥".repeat(40),
  "NaN",
  "-Infinity",
  "null",
  "undefined",
  "true",
  "[]",
  "[object Object]",
  "0x1F",
  "1e9",
  "٣٤٥",
  "+1 (555) 010-0042",
  "../../../etc/passwd",
  "%00%2e%2e%2f",
  "$.x[0]",
  `"]}'--;{"$.x":1}`,
  "'; DROP TABLE messages; --",
  "<script>alert(1)</script>",
  "javascript:alert(1)",
  "{{7*7}}",
  "a\r\nset-cookie: x=1",
  "wamid.",
  "CZ.",
  "US.ENT.",
  ...PROTOTYPE_KEYS,
];

/** Numbers at the edges of what a reader or a column holds, as JSON writes them. */
export const NUMBERS: readonly string[] = [
  "0",
  "-0",
  "-1",
  "0.1",
  "1.5",
  "1e308",
  "-1e308",
  "1e400",
  "1e-400",
  "2147483648",
  "9007199254740993",
  "9223372036854775808",
  "123456789012345678901234567890",
];

/** Times that are none, or at the end of all: as Meta writes times, in seconds or milliseconds. */
export const TIMES: readonly string[] = [
  "0",
  "-1",
  "1.5",
  "1795300001.5",
  "1e10",
  " 1795300001",
  "4102444799",
  "4102444800",
  "8640000000000",
  "8640000000000000",
  "8640000000000001",
  "9999999999999999",
  "99999999999999999999",
  "253402300800",
  "2026-11-23T00:00:00Z",
];

const INVALID_UTF8: readonly number[][] = [
  [0xff],
  [0xc0, 0x80],
  [0xe2, 0x82],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0x80, 0x80],
];

/** A string with bytes in it that are no UTF-8. */
export function invalidText(random: Random): Raw {
  const odd = INVALID_UTF8[random.int(INVALID_UTF8.length)] ?? [];
  const [head, tail] = [new Raw('"a').bytes, new Raw('b"').bytes];
  return new Raw(joined([head, Uint8Array.from(odd), tail]));
}

/** Arrays or objects in each other. @param levels how many */
export function nested(levels: number, random: Random): Raw {
  const [open, close] = random.chance(0.5) ? ["[", "]"] : ['{"a":', "}"];
  return new Raw(`${open.repeat(levels)}1${close.repeat(levels)}`);
}

/** A value of another type than whatever stood there. */
export function otherType(before: Tree, random: Random): Tree {
  const choices: Tree[] = [
    null,
    true,
    false,
    [],
    new Members([]),
    [before],
    new Members([["0", before]]),
    new Members([["length", 1_000_000_000]]),
    new Raw(pick(NUMBERS, random)),
    pick(STRINGS, random),
    [null, [], new Members([])],
  ];
  return pick(choices, random);
}

/** @throws Error for an empty list */
export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[random.int(items.length)];
  if (item === undefined) throw new Error("There is nothing to pick from.");
  return item;
}
