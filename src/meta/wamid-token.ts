/*
 * One message can come under several wamids (protocol.md 6, row 1): a wamid is base64 of who it is
 * about (phone or BSUID), a byte for the direction, and a token. The token is what the ids of one
 * message share. It links a quote to what it quotes; it is no key to tell repeats by.
 */

const MARK = 0x18; // stands before every text in a wamid, then the text's length
const DIRECTIONS = new Set([0x11, 0x12]);
const TOKEN_LENGTHS = new Set([18, 20, 32]);
const PREFIX = "wamid.";

/** The token of a wamid, or undefined for any text that is not built like one. */
export function wamidToken(wamid: string): string | undefined {
  return readFrame(wamid)?.token;
}

/**
 * What the wamids with the same token have in common as text: base64 writes the same bytes in one
 * of three ways, depending on where in the id they stand. With these SQL can look for a token that
 * it cannot decode.
 *
 * @returns three pieces of base64, of which each wamid of the message holds one; undefined for a text
 *   that is not built like a wamid
 */
export function wamidPatterns(wamid: string): [string, string, string] | undefined {
  const frame = readFrame(wamid);
  if (frame === undefined) return undefined;
  const bytes = String.fromCharCode(MARK, frame.token.length) + frame.token + frame.end;
  const at = (offset: number) => {
    const encoded = btoa("\0".repeat(offset) + bytes);
    // Only the characters that are made of these bytes alone.
    const from = Math.ceil((offset * 8) / 6);
    return encoded.slice(from, Math.floor(((offset + bytes.length) * 8) / 6));
  };
  return [at(0), at(1), at(2)];
}

/** @returns the token, and the zero byte behind it where there is one */
function readFrame(wamid: string): { token: string; end: string } | undefined {
  if (!wamid.startsWith(PREFIX)) return undefined;
  const bytes = decode(wamid.slice(PREFIX.length));
  if (bytes === undefined) return undefined;
  // From the end: a peer's name may look like anything.
  for (let at = bytes.length - 2; at > 0; at -= 1) {
    const length = bytes.charCodeAt(at + 1);
    if (bytes.charCodeAt(at) !== MARK || !TOKEN_LENGTHS.has(length)) continue;
    if (!DIRECTIONS.has(bytes.charCodeAt(at - 1))) continue;
    const token = bytes.slice(at + 2, at + 2 + length);
    const end = bytes.slice(at + 2 + length);
    if (token.length === length && /^[0-9A-F]+$/i.test(token) && /^\0*$/.test(end)) {
      return { token, end: end.slice(0, 1) };
    }
  }
  return undefined;
}

function decode(base64: string): string | undefined {
  try {
    return atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}
