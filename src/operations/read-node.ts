import { findHeldSender, listConnectedOf } from "../database/senders.ts";
import { describeMedia } from "./describe-media.ts";
import { relayToNumber, relayToWaba } from "./relay-to-graph.ts";
import type { SenderFilter } from "../lib/sender-filter.ts";
import type { Services } from "../services.ts";
import type { GraphAnswer } from "./graph-answer.ts";

export interface NodeInput {
  partner: string;
  senders: SenderFilter;
  id: string;
  query: [string, string][];
  /** Of the API as the caller wrote it, such as v24.0. */
  version: string;
}

/** What `/{id}` names: a number of the partner, else its WABA, else a file. */
export async function readNode(services: Services, input: NodeInput): Promise<GraphAnswer> {
  const { partner, senders, id, query } = input;
  const call = { partner, senders, id, query, method: "GET" as const };
  if ((await findHeldSender(services.registry, partner, id)) !== null) {
    return relayToNumber(services, call, "read");
  }
  const onWaba = await listConnectedOf(services.registry, partner, {
    waba: id,
    senders,
    limit: 1,
  });
  if (onWaba.length > 0) return relayToWaba(services, call);
  return describeMedia(services, {
    partner,
    senders,
    media: id,
    phoneNumberId: new Map(query).get("phone_number_id"),
    version: input.version,
  });
}
