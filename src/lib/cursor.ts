/** An opaque cursor: JSON in base64url, so that nobody builds on its insides. */
export function writeCursor(value: unknown): string {
  return btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @returns what `writeCursor` was given, or undefined for anything else */
export function readCursor(text: string): unknown {
  try {
    return JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/"))) as unknown;
  } catch {
    return undefined;
  }
}
