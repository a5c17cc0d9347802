import {
  invalidText,
  nested,
  NUMBERS,
  otherType,
  pick,
  PROTOTYPE_KEYS,
  STRINGS,
  TIMES,
} from "./hostile-values.ts";
import { copyOf, Members, Raw } from "./json-tree.ts";
import type { Tree } from "./json-tree.ts";
import type { Random } from "../../simulator/random.ts";

/** Where a value stands: in an array or an object, at an index. */
export interface Place {
  parent: Members | Tree[];
  at: number;
}

/** Words of Meta's that a value is mistaken for, and ids of other things. */
export type Words = readonly string[];

type Mutation = (place: Place, around: readonly Place[], random: Random, words: Words) => void;

const LEVELS = [20, 90, 110, 900, 10_000] as const;
const LENGTHS = [300, 2_000, 100_000] as const;

/** What can be done to a value, by name, with how often it is. */
const MUTATIONS: Record<string, [weight: number, mutate: Mutation]> = {
  remove: [10, ({ parent, at }) => void listOf(parent).splice(at, 1)],
  twice: [
    6,
    ({ parent, at }, _around, random) => {
      const list: unknown[] = listOf(parent);
      const again = Array.isArray(parent)
        ? copyOf(valueAt({ parent, at }))
        : [keyAt({ parent, at }), copyOf(valueAt({ parent, at }))];
      list.splice(random.int(list.length + 1), 0, again);
    },
  ],
  retype: [14, (place, _around, random) => put(place, otherType(valueAt(place), random))],
  number: [7, (place, _around, random) => put(place, new Raw(pick(NUMBERS, random)))],
  "number as text": [3, (place, _around, random) => put(place, pick(NUMBERS, random))],
  time: [6, (place, _around, random) => put(place, pick(TIMES, random))],
  string: [12, (place, _around, random) => put(place, pick(STRINGS, random))],
  "long string": [
    1,
    (place, _around, random) => put(place, random.hex(8).repeat(pick(LENGTHS, random) / 8)),
  ],
  "no utf-8": [4, (place, _around, random) => put(place, invalidText(random))],
  deep: [2, (place, _around, random) => put(place, nested(pick(LEVELS, random), random))],
  "prototype key": [
    6,
    (place, _around, random) => {
      const value = valueAt(place);
      const key = pick(PROTOTYPE_KEYS, random);
      const harm = random.chance(0.5) ? new Members([["polluted", true]]) : copyOf(value);
      if (value instanceof Members) value.list.splice(random.int(2), 0, [key, harm]);
      else put(place, new Members([[key, harm]]));
    },
  ],
  rename: [
    6,
    ({ parent, at }, _around, random, words) => {
      if (Array.isArray(parent)) return;
      const member = parent.list[at];
      if (member === undefined) return;
      const [key] = member;
      member[0] = pick([key.toUpperCase(), `${key}s`, "", pick(words, random)], random);
    },
  ],
  word: [8, (place, _around, random, words) => put(place, pick(words, random))],
  swap: [
    6,
    (place, around, random) => {
      const other = pick(around, random);
      const [one, two] = [copyOf(valueAt(place)), copyOf(valueAt(other))];
      put(other, one);
      put(place, two);
    },
  ],
  copy: [5, (place, around, random) => put(place, copyOf(valueAt(pick(around, random))))],
  reverse: [3, (place) => reverse(valueAt(place))],
  wrap: [3, (place) => put(place, [copyOf(valueAt(place))])],
};

const CHOICES = Object.entries(MUTATIONS).flatMap(([name, [weight]]) =>
  Array.from({ length: weight }, () => name),
);

/**
 * Does one thing to a value or to something in it.
 *
 * @returns what was done, for whoever looks for the cause of a failure
 */
export function mutate(root: Place, random: Random, words: Words): string {
  const around = placesIn(root);
  const place = pick(around, random);
  const name = pick(CHOICES, random);
  const where = keyAt(place);
  MUTATIONS[name]?.[1](place, around, random, words);
  return `${name} at ${where}`;
}

/** A place and every place below it. */
function placesIn(root: Place): Place[] {
  const places = [root];
  // It grows while it is walked through.
  for (const place of places) {
    const value = valueAt(place);
    if (Array.isArray(value)) places.push(...value.map((_, at) => ({ parent: value, at })));
    else if (value instanceof Members) {
      places.push(...value.list.map((_, at) => ({ parent: value, at })));
    }
  }
  return places;
}

/** What stands at a place; null where it was taken away. */
export function valueAt({ parent, at }: Place): Tree {
  return (Array.isArray(parent) ? parent[at] : parent.list[at]?.[1]) ?? null;
}

export function put({ parent, at }: Place, value: Tree): void {
  if (Array.isArray(parent)) parent[at] = value;
  else {
    const member = parent.list[at];
    if (member !== undefined) member[1] = value;
  }
}

function keyAt({ parent, at }: Place): string {
  return Array.isArray(parent) ? String(at) : (parent.list[at]?.[0] ?? "");
}

function listOf(parent: Members | Tree[]): unknown[] {
  return Array.isArray(parent) ? parent : parent.list;
}

function reverse(value: Tree): void {
  if (Array.isArray(value)) value.reverse();
  else if (value instanceof Members) value.list.reverse();
}
