import { log } from "../lib/log.ts";
import { leadsToPublic } from "../lib/resolve-host.ts";
import { checkUrl } from "../lib/safe-url.ts";
import type { Settings } from "../env.ts";

/** A name's answer is believed for its own time to live, and no longer than this. */
const BELIEVED_MAX_MS = 60_000;

/**
 * Whether an endpoint's address may be posted to, asked before each post: a name that led to a
 * public address when the endpoint was made can lead elsewhere by now.
 */
export class EndpointAddress {
  readonly #settings: Settings;
  readonly #ownHost: string;
  #believed: { host: string; until: number } | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#ownHost = new URL(settings.PUBLIC_URL).host;
  }

  /**
   * @param now epoch ms
   * @returns "unknown" where our resolver does not say
   */
  async judge(address: string, now: number): Promise<"allowed" | "refused" | "unknown"> {
    const { ENDPOINT_NETWORK: network, DOH_URL } = this.#settings;
    const checked = checkUrl(address, network, this.#ownHost);
    if (!checked.ok) return "refused";
    if (network === "any") return "allowed";
    const host = checked.url.hostname;
    if (this.#believed?.host === host && this.#believed.until > now) return "allowed";
    const led = await leadsToPublic(host, this.#ownHost, DOH_URL);
    if (!led.ok) {
      if (!led.isOurs) return "refused";
      log.warn("endpoint.unresolved"); // by our resolver: not the name's fault
      return "unknown";
    }
    this.#believed = { host, until: now + Math.min(led.ttlMs, BELIEVED_MAX_MS) };
    return "allowed";
  }
}
