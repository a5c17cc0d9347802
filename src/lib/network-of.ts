/**
 * Whom an address counts as: an IPv4 address as itself, an IPv6 one as its first 64 bits. Any line
 * has a whole /64, so whoever counts single addresses counts nothing.
 *
 * @param address as Cloudflare writes it in `CF-Connecting-IP`
 */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  const groups = [...left, ...zeros, ...right].slice(0, 4);
  return groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":");
}
