import { findHeldSender, listConnectedOf } from "../database/senders.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { passableBody, passableQuery } from "../meta/withhold-token.ts";
import { absent, answerOf } from "./graph-answer.ts";
import { openAccess } from "./open-access.ts";
import { refuseFields } from "./refuse-fields.ts";
import type { SenderFilter } from "../lib/sender-filter.ts";
import type { GraphCall } from "../meta/graph-http.ts";
import type { Json } from "../meta/read-json.ts";
import type { Services } from "../services.ts";
import type { GraphAnswer, GraphRefusal } from "./graph-answer.ts";
import type { Access } from "./open-access.ts";

export interface RelayInput {
  partner: string;
  /** Numbers that the caller's key is for. */
  senders: SenderFilter;
  /** The number or the WABA. */
  id: string;
  method: GraphCall["method"];
  /** Below the node, such as `message_templates`; none for the node itself. */
  edge?: string;
  query?: Iterable<[string, string]>;
  body?: Json;
}

/** How many numbers of one account are tried for a token that may be used. */
const TRIES = 5;

/** Passes a call about a partner's own number on to Graph. */
export async function relayToNumber(
  services: Services,
  input: RelayInput,
  use: "read" | "write",
): Promise<GraphAnswer> {
  const sender = await findHeldSender(services.registry, input.partner, input.id);
  if (sender === null || !coversSender(input.senders, input.id))
    return { kind: "refused", refusal: absent(input.id) };
  return relay(services, input, await openAccess(services, input.partner, input.id, use));
}

/**
 * Passes a call about a WABA on, where the partner has a number on it that is not disconnected and
 * that the key is for. To change what is the account's, a key must be for all of its numbers.
 */
export async function relayToWaba(services: Services, input: RelayInput): Promise<GraphAnswer> {
  const { partner, id } = input;
  const senders = await listConnectedOf(services.registry, partner, {
    waba: id,
    senders: input.senders,
    limit: TRIES,
  });
  if (input.method !== "GET" && senders.length > 0 && (await isShared(services, input))) {
    return { kind: "refused", refusal: SHARED };
  }
  let access: Access = { kind: "refused", refusal: absent(id) };
  for (const sender of senders) {
    access = await openAccess(services, partner, sender.phoneNumberId, "read");
    if (access.kind === "ok") break;
  }
  return relay(services, input, access);
}

/** Whether the account has numbers of the partner that the key is not for. */
async function isShared(services: Services, { partner, senders, id }: RelayInput) {
  if (senders === null) return false;
  const all = await listConnectedOf(services.registry, partner, { waba: id, limit: 1_000 });
  return all.some(({ phoneNumberId }) => !coversSender(senders, phoneNumberId));
}

const SHARED: GraphRefusal = {
  status: 403,
  code: 10,
  title: "Permission denied",
  details:
    "This account has numbers that the key is not for, and what you change would be theirs too: use a key that is not restricted to senders.",
};

async function relay(services: Services, input: RelayInput, access: Access): Promise<GraphAnswer> {
  if (access.kind === "refused") return access;
  const query = passableQuery(input.query ?? []);
  const refusal = refuseFields(query);
  if (refusal !== null) return { kind: "refused", refusal };
  const path = input.edge === undefined ? input.id : `${input.id}/${input.edge}`;
  const body = input.body === undefined ? undefined : passableBody(input.body);
  const relayed = await services.graph.relay(access.token, input.method, path, { query, body });
  return answerOf(services, relayed, access.token, input.method === "GET");
}
