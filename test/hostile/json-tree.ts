/*
 * JSON as a tree that can hold what `JSON.stringify` cannot write: a key twice, `__proto__` as a key
 * of its own, -0, 1e400, bytes that are no UTF-8, ten thousand levels.
 */

/** An object by its members, in order, each key as often as it stands there. */
export class Members {
  readonly list: [key: string, value: Tree][];

  constructor(list: [key: string, value: Tree][]) {
    this.list = list;
  }

  /** The first value of a key. */
  get(key: string): Tree | undefined {
    return this.list.find(([name]) => name === key)?.[1];
  }

  /** In the place of the first of that key, or at the end. */
  set(key: string, value: Tree): void {
    const member = this.list.find(([name]) => name === key);
    if (member === undefined) this.list.push([key, value]);
    else member[1] = value;
  }
}

/** Written as it is, whatever it is. */
export class Raw {
  readonly bytes: Uint8Array;

  constructor(text: string | Uint8Array) {
    this.bytes = typeof text === "string" ? utf8.encode(text) : text;
  }
}

export type Tree = string | number | boolean | null | Members | Tree[] | Raw;

const utf8 = new TextEncoder();

/** @param value what `JSON.parse` gives */
export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(treeOf);
  if (typeof value === "object" && value !== null) {
    return new Members(Object.entries(value).map(([key, each]) => [key, treeOf(each)]));
  }
  return value as Tree;
}

/** A copy that shares nothing with its original. */
export function copyOf(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map(copyOf);
  if (tree instanceof Members) {
    return new Members(tree.list.map(([key, value]) => [key, copyOf(value)]));
  }
  return tree;
}

export interface Style {
  /** All but ASCII as `\uXXXX`, as Meta writes it (protocol.md 2.1). */
  escaped: boolean;
  /** Between tokens. */
  space: string;
}

/** The tree as bytes. */
export function bytesOf(tree: Tree, { escaped, space }: Style): Uint8Array {
  const parts: Uint8Array[] = [];
  let text = "";
  const quote = (value: string) => {
    const json = JSON.stringify(value);
    return escaped ? json.replaceAll(/[^\u0020-\u007e]/g, escapeUnit) : json;
  };
  const write = (each: Tree): void => {
    if (each instanceof Raw) {
      parts.push(utf8.encode(text), each.bytes);
      text = "";
    } else if (each instanceof Members) {
      text += "{";
      for (const [at, [key, value]] of each.list.entries()) {
        text += `${at === 0 ? "" : ","}${space}${quote(key)}:${space}`;
        write(value);
      }
      text += `${space}}`;
    } else if (Array.isArray(each)) {
      text += "[";
      for (const [at, value] of each.entries()) {
        text += `${at === 0 ? "" : ","}${space}`;
        write(value);
      }
      text += `${space}]`;
    } else {
      text += typeof each === "string" ? quote(each) : JSON.stringify(each);
    }
  };
  write(tree);
  parts.push(utf8.encode(text));
  return joined(parts);
}

/** Bytes one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
