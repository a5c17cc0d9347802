import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Refusal } from "../rules/refusal.ts";

/** Status and title of a code (protocol.md 3.6); whatever is not here is a 400. */
const CODES: Record<number, { status?: ContentfulStatusCode; title: string }> = {
  2: { status: 503, title: "Service temporarily unavailable" },
  3: { status: 500, title: "Capability error" },
  10: { status: 403, title: "Permission denied" },
  100: { title: "Invalid parameter" },
  190: { status: 401, title: "Invalid OAuth access token" },
  368: { status: 403, title: "Temporarily blocked for policy violations" },
  130429: { title: "Rate limit hit" },
  130497: { status: 403, title: "Restricted in this country" },
  131000: { status: 500, title: "Something went wrong" },
  131005: { status: 403, title: "Access denied" },
  131008: { title: "Required parameter is missing" },
  131009: { title: "Parameter value is not valid" },
  131016: { status: 500, title: "Service unavailable" },
  131021: { title: "Recipient cannot be sender" },
  131026: { title: "Message undeliverable" },
  131031: { status: 403, title: "Account has been locked" },
  131042: { title: "Business eligibility: payment issue" },
  131045: { status: 500, title: "Phone number registration error" },
  131047: { title: "Re-engagement message" },
  131056: { title: "Pair rate limit hit" },
  131057: { status: 500, title: "Account in maintenance mode" },
  132001: { status: 404, title: "Template does not exist" },
  133000: { status: 500, title: "Incomplete deregistration" },
  133004: { status: 503, title: "Server temporarily unavailable" },
  133005: { title: "Registration is not possible" },
  2593107: { title: "Sync already requested" },
  2593108: { title: "Sync outside of its time" },
};

/** A refusal on its way to the caller; `status` only where Meta uses another than the code's own. */
export class GraphError extends Error {
  readonly refusal: Refusal;
  readonly status: ContentfulStatusCode;

  constructor(refusal: Refusal, status?: ContentfulStatusCode) {
    super(refusal.details);
    this.refusal = refusal;
    this.status = status ?? CODES[refusal.code]?.status ?? 400;
  }
}

/** Meta's error envelope (protocol.md 3.1). */
export function errorBody({ code, subcode, details }: Refusal, traceId: string) {
  return {
    error: {
      message: `(#${code}) ${CODES[code]?.title ?? details}`,
      type: "OAuthException",
      code,
      ...(subcode === undefined ? {} : { error_subcode: subcode }),
      error_data: { messaging_product: "whatsapp", details },
      fbtrace_id: traceId,
    },
  };
}
