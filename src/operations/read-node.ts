import { findHeldSender, listConnectedOf } from "../database/senders.ts";
import { describeMedia } from "./describe-media.ts";
import { relayToNumber, relayToWaba } from "./relay-to-graph.ts";
import type { Services } from "../services.ts";
import type { GraphAnswer } from "./graph-answer.ts";

export interface NodeInput {
  partner: string;
  id: string;
  query: [string, string][];
  /** Of the API as the caller wrote it, such as v24.0. */
  version: string;
}

/** What `/{id}` names: a number of the partner, else its WABA, else a file. */
export async function readNode(services: Services, input: NodeInput): Promise<GraphAnswer> {
  const { partner, id, query } = input;
  const call = { partner, id, query, method: "GET" as const };
  if ((await findHeldSender(services.registry, partner, id)) !== null) {
    return relayToNumber(services, call, "read");
  }
  const onWaba = await listConnectedOf(services.registry, partner, { waba: id, limit: 1 });
  if (onWaba.length > 0) return relayToWaba(services, call);
  return describeMedia(services, {
    partner,
    media: id,
    phoneNumberId: new Map(query).get("phone_number_id"),
    version: input.version,
  });
}
