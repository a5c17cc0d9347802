import * as z from "zod";
import { readStart } from "./read-start.ts";
import { isPublicAddress, whyNotHost } from "./safe-url.ts";

/**
 * `forNow`: nobody could say; asked again, the answer may be another. `isOurs`: because the resolver
 * did not answer, which says nothing of the name.
 */
export type HostVerdict =
  | { ok: true; ttlMs: number }
  | { ok: false; why: string; forNow: boolean; isOurs: boolean };

const TIMEOUT_MS = 3_000;
/** More than a DNS message can hold. */
const ANSWER_MAX_BYTES = 256_000;
const TYPES = { A: 1, CNAME: 5, AAAA: 28 } as const;
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

/** DNS over HTTPS in JSON, as far as we read it. */
const answerSchema = z.object({
  Status: z.number().int(),
  Answer: z
    .array(z.object({ type: z.number().int(), TTL: z.number().min(0), data: z.string() }))
    .default([]),
});
type DnsAnswer = z.infer<typeof answerSchema>;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Whether a host leads to public addresses only, by a resolver's word: every A and AAAA record is
 * looked at, and the names on the way. One that is not public among many is enough to refuse.
 *
 * @param hostname a name, as the URL parser writes it
 * @param ownHost of our own PUBLIC_URL: a name that leads to it would have us call ourselves
 * @param dohUrl a resolver that speaks DNS over HTTPS in JSON
 * @returns for how long that may be believed (ms), or why not, in words for the partner
 */
export async function leadsToPublic(
  hostname: string,
  ownHost: string,
  dohUrl: string,
  ask: Fetch = (url, init) => fetch(url, init),
): Promise<HostVerdict> {
  const answers = await Promise.all([
    resolve(hostname, "A", dohUrl, ask),
    resolve(hostname, "AAAA", dohUrl, ask),
  ]);
  const records: DnsAnswer["Answer"] = [];
  for (const answer of answers) {
    // A family that nobody could look up may be the one that leads inside.
    if (answer === null) return unknown(true);
    // The name's own servers fail: whoever runs it has to mend that.
    if (answer.Status !== NO_ERROR && answer.Status !== NO_SUCH_NAME) return unknown(false);
    records.push(...answer.Answer);
  }
  for (const { type, data } of records) {
    const why = type === TYPES.CNAME ? whyNotHost(data, ownHost) : null;
    if (why !== null) return refused(`leads to a name that ${why}`);
  }
  const addresses = records.filter(({ type }) => type === TYPES.A || type === TYPES.AAAA);
  if (addresses.length === 0) return refused("has no address in the DNS: is it spelt right?");
  if (!addresses.every(({ data }) => isPublicAddress(data))) {
    return refused("leads to an address that is not in the public Internet");
  }
  return { ok: true, ttlMs: Math.min(...records.map(({ TTL }) => TTL)) * 1_000 };
}

/** @returns null where the resolver did not answer in its time, or not in the expected shape */
async function resolve(
  name: string,
  type: "A" | "AAAA",
  dohUrl: string,
  ask: Fetch,
): Promise<DnsAnswer | null> {
  const url = new URL(dohUrl);
  url.searchParams.set("name", name);
  url.searchParams.set("type", type);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await ask(url.href, {
      headers: { accept: "application/dns-json" },
      redirect: "manual",
      signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      return null;
    }
    // What is cut off is no JSON any more.
    return answerSchema.parse(JSON.parse(await readStart(response, ANSWER_MAX_BYTES, signal)));
  } catch {
    return null;
  }
}

function refused(why: string): HostVerdict {
  return { ok: false, why, forNow: false, isOurs: false };
}

function unknown(isOurs: boolean): HostVerdict {
  return {
    ok: false,
    why: "could not be looked up in the DNS just now: try again in a minute",
    forNow: true,
    isOurs,
  };
}
