/** `in` = a customer wrote it, `out` = the business did, by phone or by API. */
export type Direction = "in" | "out";

/**
 * A message id as Meta's look (protocol.md 6, row 1): base64 of a small binary that holds the other
 * side's phone number, a direction byte and a hex token. So it embeds personal data, as the real one.
 *
 * @param peer phone digits (or BSUID) of the customer
 * @param token upper-case hex, 18 to 32 characters
 */
export function makeWamid(peer: string, direction: Direction, token: string): string {
  const head = Buffer.from([0x1c, 0x18, peer.length]);
  const middle = Buffer.from([
    0x15,
    0x02,
    0x00,
    direction === "out" ? 0x11 : 0x12,
    0x18,
    token.length,
  ]);
  const bytes = Buffer.concat([
    head,
    Buffer.from(peer),
    middle,
    Buffer.from(token),
    Buffer.from([0]),
  ]);
  return `wamid.${bytes.toString("base64")}`;
}

/**
 * The same message under another id: the same token, another name of the customer in front of it
 * (protocol.md 6, row 1).
 *
 * @param wamid one that `makeWamid` made
 */
export function otherWamid(wamid: string, peer: string): string {
  const bytes = Buffer.from(wamid.slice("wamid.".length), "base64");
  const rest = bytes.subarray(3 + (bytes[2] ?? 0));
  const direction = rest[3] === 0x11 ? "out" : "in";
  return makeWamid(peer, direction, rest.subarray(6, 6 + (rest[5] ?? 0)).toString());
}
