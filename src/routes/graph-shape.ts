import type { ContentfulStatusCode } from "hono/utils/http-status";

/** An error in Graph's own envelope, so that a WhatsApp SDK reads it as it reads Meta's. */
export interface GraphShapedError {
  status: ContentfulStatusCode;
  code: number;
  subcode?: number;
  title: string;
  details: string;
  /** Whether the same request may pass later. */
  transient?: boolean;
}

export function graphErrorBody(error: GraphShapedError, requestId: string) {
  return {
    error: {
      message: `(#${error.code}) ${error.title}`,
      type: "OAuthException",
      code: error.code,
      ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
      error_data: { messaging_product: "whatsapp", details: error.details },
      ...(error.transient === undefined ? {} : { is_transient: error.transient }),
      fbtrace_id: requestId,
    },
  };
}
