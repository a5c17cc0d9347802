import { AppError } from "../errors.ts";
import { leadsToPublic } from "../lib/resolve-host.ts";
import { checkUrl } from "../lib/safe-url.ts";
import type { Services } from "../services.ts";

/**
 * Whether events may be posted to an address: what it says, and where its name leads just now. It is
 * looked at again before deliveries (docs/endpoint-addresses.md).
 *
 * @returns the address as it will be called
 * @throws AppError naming the field; "unavailable" where the resolver did not answer
 */
export async function checkEndpointUrl(services: Services, text: string): Promise<string> {
  const { ENDPOINT_NETWORK: network, PUBLIC_URL, DOH_URL } = services.settings;
  const ownHost = new URL(PUBLIC_URL).host;
  const checked = checkUrl(text, network, ownHost);
  if (!checked.ok) {
    throw new AppError("invalid_request", `url: ${checked.why}.`, { field: "url" });
  }
  if (network === "public") {
    const verdict = await leadsToPublic(checked.url.hostname, ownHost, DOH_URL);
    if (!verdict.ok) {
      const code = verdict.forNow ? "unavailable" : "invalid_request";
      throw new AppError(code, `url: its host ${verdict.why}.`, { field: "url" });
    }
  }
  return checked.url.href;
}
