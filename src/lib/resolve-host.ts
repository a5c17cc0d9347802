import ipaddr from "ipaddr.js";

interface DnsAnswer {
  Answer?: { type: number; TTL?: number; data: string }[];
}

/** Whether a name leads to public addresses only. @returns for how long, in ms, or why not */
export async function leadsToPublic(
  hostname: string,
  dohUrl: string,
  ask: typeof fetch = fetch,
): Promise<{ ok: true; ttlMs: number } | { ok: false; why: string }> {
  try {
    const response = await ask(`${dohUrl}?name=${encodeURIComponent(hostname)}&type=A`, {
      headers: { accept: "application/dns-json" },
    });
    const { Answer = [] } = await response.json<DnsAnswer>();
    const found = Answer.filter(({ type }) => type === 1);
    const isPublic = found.every(({ data }) => ipaddr.parse(data).range() === "unicast");
    if (found.length === 0 || !isPublic)
      return { ok: false, why: "It leads to no public address." };
    return { ok: true, ttlMs: Math.min(...found.map(({ TTL = 0 }) => TTL)) * 1_000 };
  } catch {
    return { ok: false, why: "Its name could not be looked up." };
  }
}
