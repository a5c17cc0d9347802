import { HttpResponse } from "msw";
import { graph } from "./graph-stub.ts";
import { deliver } from "./seed.ts";
import { CUSTOMER, inbound, newWamid, textMessage } from "./webhooks.ts";
import type { GraphRequest } from "./graph-stub.ts";
import type { Partner, TestNumber } from "./seed.ts";

export const DATASET = "611000000000777";

/** A Meta with a dataset for every account that counts what it gets. */
export function openDatasets(dataset = DATASET): void {
  graph.respond(({ method, path }) => {
    if (method === "POST" && path.endsWith("/dataset")) return HttpResponse.json({ id: dataset });
    if (method === "POST" && path === `/${dataset}/events`) {
      return HttpResponse.json({ events_received: 1, fbtrace_id: "A7" });
    }
    return undefined;
  });
}

/** What reached Meta's datasets. */
export function reports(): GraphRequest[] {
  return graph.requests.filter(({ path }) => path.endsWith("/events"));
}

/** A customer clicks an ad and writes. */
export async function comeByAd(
  number: TestNumber,
  options: { clid?: string; from?: string; at?: number; wamid?: string } = {},
): Promise<string> {
  const { clid = "clid-of-the-shoe-ad", from = CUSTOMER, at, wamid = newWamid("ad") } = options;
  const referral = {
    source_url: "https://fb.example/ad/9",
    source_id: "120400099",
    source_type: "ad",
    headline: "Shoes, half price",
    ctwa_clid: clid,
  };
  const message = textMessage({
    wamid,
    from,
    ...(at === undefined ? {} : { at }),
    extra: { referral },
  });
  await deliver(number, inbound(number, message));
  return wamid;
}

export type Json = Record<string, unknown>;

export async function report(
  partner: Partner,
  number: TestNumber,
  body: Json,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Json; headers: Headers }> {
  const response = await partner.post(`/v1/senders/${number.id}/conversions`, body, headers);
  return { status: response.status, body: await response.json<Json>(), headers: response.headers };
}
