import { log } from "../lib/log.ts";
import { asObject } from "../meta/read-json.ts";
import { withholdToken } from "../meta/withhold-token.ts";
import type { Refusal } from "../durable/send-types.ts";
import type { Relayed } from "../meta/graph-http.ts";
import type { Services } from "../services.ts";

/** A refusal of ours in Graph's terms. */
export interface GraphRefusal extends Refusal {
  subcode?: number;
  /** Whether the same call may pass later. */
  transient?: boolean;
}

/** What a partner gets for a call that went to Graph, or did not. */
export type GraphAnswer =
  /** Graph's own word, as JSON text. */
  { kind: "answered"; status: number; json: string } | { kind: "refused"; refusal: GraphRefusal };

/**
 * Graph's answer for a partner: without the token, and with our addresses in place of Graph's.
 *
 * @param repeatable whether the call may be made again when nobody knows what became of it
 */
export function answerOf(
  services: Services,
  relayed: Relayed,
  token: string,
  repeatable: boolean,
): GraphAnswer {
  if (relayed.kind !== "answered") {
    return { kind: "refused", refusal: noAnswer(relayed.kind, repeatable) };
  }
  // Something in between answered for Graph: its words are nobody's business, and in no SDK's shape.
  if (relayed.status >= 400 && asObject(asObject(relayed.body)?.["error"]) === undefined) {
    return { kind: "refused", refusal: noAnswer("garbled", repeatable) };
  }
  const json = withholdToken(relayed.body, token, homeOf(services));
  if (json === null) {
    log.error("graph.token_withheld", { status: relayed.status });
    return { kind: "refused", refusal: tokenInAnswer() };
  }
  // A failure of Meta's is not ours: 502 tells it apart, the error itself is Meta's own.
  return { kind: "answered", status: relayed.status >= 500 ? 502 : relayed.status, json };
}

/** Where partners reach us, without a trailing slash. */
export function homeOf(services: Services): string {
  return new URL(services.settings.PUBLIC_URL).origin;
}

/**
 * Nothing there for this key: not existing, another partner's and no longer ours look alike. The
 * shape is Meta's own (400, 100 with subcode 33; protocol.md 1.8, 3.6), since SDKs tell lost access by it.
 */
export function absent(id: string, hint = ""): GraphRefusal {
  return {
    status: 400,
    code: 100,
    subcode: 33,
    title: "Unsupported request",
    details: `There is nothing with the id ${id} for this key.${hint === "" ? "" : ` ${hint}`}`,
  };
}

export function noAnswer(kind: "silent" | "garbled", repeatable: boolean): GraphRefusal {
  return {
    status: kind === "silent" ? 504 : 502,
    code: 131000,
    title: kind === "silent" ? "Meta did not answer" : "Meta's answer was not readable",
    details: repeatable
      ? "Ask again in a moment."
      : "Nobody can say whether Meta did it: look first, then ask again.",
    transient: repeatable,
  };
}

function tokenInAnswer(): GraphRefusal {
  return {
    status: 500,
    code: 131000,
    title: "The answer was held back",
    details: "Meta's answer held a secret of this connection. Ask for fewer fields, or tell us.",
    transient: false,
  };
}
