import { listHeldByOthers } from "../database/senders.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { asObject, asObjects, asText } from "../meta/read-json.ts";
import { relayToWaba } from "./relay-to-graph.ts";
import type { SenderFilter } from "../lib/sender-filter.ts";
import type { Services } from "../services.ts";
import type { GraphAnswer } from "./graph-answer.ts";

/**
 * The numbers of a partner's WABA, without those that are connected through another partner, and
 * those that the key is not for.
 */
export async function listNumbers(
  services: Services,
  input: {
    partner: string;
    senders: SenderFilter;
    wabaId: string;
    query: Iterable<[string, string]>;
  },
): Promise<GraphAnswer> {
  const answer = await relayToWaba(services, {
    partner: input.partner,
    senders: input.senders,
    id: input.wabaId,
    method: "GET",
    edge: "phone_numbers",
    query: input.query,
  });
  if (answer.kind === "refused") return answer;
  const body = asObject(JSON.parse(answer.json));
  if (body === undefined || !Array.isArray(body["data"])) return answer;
  const numbers = asObjects(body["data"]);
  const ids = numbers.flatMap((number) => asText(number["id"]) ?? []);
  const taken = await listHeldByOthers(services.registry, input.partner, ids);
  const data = numbers.filter((number) => {
    const id = asText(number["id"]) ?? "";
    return !taken.has(id) && coversSender(input.senders, id);
  });
  return { ...answer, json: JSON.stringify({ ...body, data }) };
}
