import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Refusal } from "../durable/send-types.ts";
import type { BodyFault } from "../meta/message-body.ts";
import type { GraphShapedError } from "./graph-shape.ts";

/** Meta's own title of each code (protocol.md 3.6). */
const FAULT_TITLES = {
  100: "Invalid parameter",
  131008: "Required parameter is missing",
  131009: "Parameter value is not valid",
} as const satisfies Record<BodyFault["code"], string>;

/** A send that went nowhere, and why. */
export type SendRefused =
  | { kind: "refused"; refusal: Refusal }
  | { kind: "faulty"; fault: BodyFault }
  | { kind: "key_reused" }
  | { kind: "not_found" }
  /** Nothing of it is left in the gateway. */
  | { kind: "failed" };

/** The refusal as Meta would say it, for a single send and for an item of a batch alike. */
export function describeRefusal(refused: SendRefused): GraphShapedError {
  switch (refused.kind) {
    case "refused": {
      const { status, retryAfterMs, ...rest } = refused.refusal;
      return {
        ...rest,
        status: status as ContentfulStatusCode,
        transient: retryAfterMs !== undefined,
      };
    }
    case "faulty":
      return {
        status: 400,
        code: refused.fault.code,
        title: FAULT_TITLES[refused.fault.code],
        details: refused.fault.details,
      };
    case "key_reused":
      return {
        status: 422,
        code: 131009,
        title: "The idempotency key was used for another body",
        details: "Send the same body again, or take a new key for a new message.",
      };
    case "not_found":
      return {
        status: 404,
        code: 100,
        title: "Unsupported request",
        details: "There is no number with this id for this key.",
      };
    case "failed":
      return {
        status: 503,
        code: 131016,
        title: "The gateway could not take the send",
        details: "Nothing was sent and nothing is queued. Send it again.",
        transient: true,
      };
  }
}
