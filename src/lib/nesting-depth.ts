/** How deep the arrays and objects of a JSON text are nested. @param json its UTF-8 bytes */
export function nestingDepth(json: Uint8Array): number {
  let deepest = 0;
  walkLevels(json, (depth) => {
    if (depth > deepest) deepest = depth;
  });
  return deepest;
}

/**
 * The same text with `null` for each array and object that lies below so many levels. Whoever walks
 * through the values of a text by recursion comes to the stack's end otherwise.
 *
 * @param json its UTF-8 bytes
 * @returns the same bytes where nothing lies as deep
 */
export function cutBelow(json: Uint8Array, levels: number): Uint8Array {
  // Each level takes two bytes at least: most bodies are too short to be deep.
  if (json.byteLength < 2 * levels) return json;
  const kept: Uint8Array[] = [];
  let from = 0;
  walkLevels(json, (depth, at, opens) => {
    if (opens && depth === levels + 1) kept.push(json.subarray(from, at), NULL);
    else if (!opens && depth === levels) from = at + 1;
  });
  if (kept.length === 0) return json;
  kept.push(json.subarray(from));
  const cut = new Uint8Array(kept.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of kept) {
    cut.set(part, at);
    at += part.byteLength;
  }
  return cut;
}

/** Calls at each bracket with the depth behind it, its place, and whether it opens a level. */
function walkLevels(
  json: Uint8Array,
  visit: (depth: number, at: number, opens: boolean) => void,
): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (inString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      visit(++depth, at, true);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      visit(--depth, at, false);
    }
  }
}

const NULL = new TextEncoder().encode("null");
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
