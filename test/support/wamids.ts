/** A wamid as Meta builds them (protocol.md 6, row 1). @param peer phone digits or BSUID */
export function buildWamid(peer: string, token: string, direction: "in" | "out" = "in"): string {
  const text = (value: string) => String.fromCharCode(0x18, value.length) + value;
  const middle = String.fromCharCode(0x15, 0x02, 0x00, direction === "out" ? 0x11 : 0x12);
  return `wamid.${btoa(`\x1c${text(peer)}${middle}${text(token)}\0`)}`;
}
