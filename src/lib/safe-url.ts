import ipaddr from "ipaddr.js";

/** Which addresses endpoints may have: "any" is for this machine and its tests. */
export type EndpointNetwork = "public" | "any";

export type CheckedUrl = { ok: true; url: URL } | { ok: false; why: string };

const MAX_LENGTH = 2_000;
/** As the URL parser writes them; "" is 443. */
const PORTS = new Set(["", "8443"]);

/** Names that lead nowhere in public, or to this machine, whatever a resolver says (RFC 6761, 6762, 7686, 8375, 9476). */
const PRIVATE_SUFFIXES = [
  "localhost",
  "local",
  "localdomain",
  "internal",
  "intranet",
  "private",
  "corp",
  "lan",
  "home",
  "home.arpa",
  "onion",
  "alt",
];

/** Public names of machines' own metadata services; the others end in .internal or are addresses. */
const METADATA_NAMES = [
  "metadata.goog",
  "metadata.tencentyun.com",
  "metadata.platformequinix.com",
  "metadata.packet.net",
];

/** Metadata services on addresses that no registry calls private (Azure, Alibaba, Oracle, AWS, Google). */
const METADATA_ADDRESSES = new Set([
  "168.63.129.16",
  "100.100.100.200",
  "192.0.0.192",
  "169.254.169.254",
  "169.254.170.2",
  "fd00:ec2::254",
  "fd20:ce::254",
]);

/** All that is routed in public (IANA); what embeds an IPv4 address has ranges of its own in it. */
const PUBLIC_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Whether events may be posted to an address, as far as the address itself tells; where its name
 * leads is the next question (lib/resolve-host.ts).
 *
 * @param ownHost the host of our own PUBLIC_URL, with or without its port
 * @returns the parsed address, or why not, in words for the partner
 */
export function checkUrl(text: string, network: EndpointNetwork, ownHost: string): CheckedUrl {
  if (text.length > MAX_LENGTH) return refused(`has more than ${MAX_LENGTH} characters`);
  // Parsers disagree on what such a character ends; ours is only one of those on the way.
  if (/[\\\s\p{Cc}]/u.test(text))
    return refused("holds a backslash, a blank or a control character");
  if (!URL.canParse(text)) return refused("is no address: write https://your.host/path");
  const url = new URL(text);
  const isPublic = network === "public";
  if (url.protocol !== "https:" && (isPublic || url.protocol !== "http:")) {
    return refused("must begin with https://");
  }
  if (url.username !== "" || url.password !== "") {
    return refused(
      "holds a user name or password: leave them out, the signature says who is calling",
    );
  }
  if (text.includes("#")) return refused("has a part behind #, which is never sent: leave it out");
  if (!isPublic) return { ok: true, url };
  if (!PORTS.has(url.port)) return refused("names a port other than 443 and 8443");
  const why = whyNotHost(url.hostname, ownHost);
  return why === null ? { ok: true, url } : refused(why);
}

/**
 * Why a host is not one to post to; null where it may be, if it leads to public addresses.
 *
 * A bare address never may: Cloudflare refuses a Worker's call to one (error 1003).
 *
 * @param hostname as the URL parser writes it, or a name out of a DNS answer
 */
export function whyNotHost(hostname: string, ownHost: string): string | null {
  const host = bareHost(hostname);
  if (isLiteral(host)) return "is a bare address, which no Worker may call: write a name";
  if (host === bareHost(ownHost)) return "is this gateway's own";
  const labels = host.split(".");
  if (labels.some((label) => label === "")) return "holds an empty part between two dots";
  if (labels.length === 1) return "is a single name: write the host in full";
  const isPrivate = PRIVATE_SUFFIXES.some((suffix) => `.${host}`.endsWith(`.${suffix}`));
  if (isPrivate || METADATA_NAMES.includes(host)) {
    return "is a name for private networks";
  }
  return null;
}

/** A host without port, brackets and the dot of the root, in small letters. */
function bareHost(host: string): string {
  const lower = host.toLowerCase();
  const name = lower.startsWith("[")
    ? lower.replace(/\](:\d*)?$/, "]")
    : lower.replace(/:\d*$/, "");
  return name.replace(/\.$/, "");
}

/** Whether a host is an address and no name. The URL parser has written each notation of IPv4 in this. */
function isLiteral(host: string): boolean {
  return host.startsWith("[") || ipaddr.IPv4.isValidFourPartDecimal(host);
}

/**
 * Whether an IP address is one of the public Internet: global unicast, nothing that embeds another
 * address (mapped, NAT64, 6to4, Teredo), no metadata service.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text) || text.includes("%")) return false;
  const address = ipaddr.parse(text);
  if (METADATA_ADDRESSES.has(address.toString()) || address.range() !== "unicast") return false;
  return address instanceof ipaddr.IPv4 || address.match(PUBLIC_IPV6);
}

function refused(why: string): CheckedUrl {
  return { ok: false, why };
}
