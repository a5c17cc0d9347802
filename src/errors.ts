import type { ContentfulStatusCode } from "hono/utils/http-status";

/** Every problem the native surface can answer: status and title follow from the code. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: "The request is not in the expected shape" },
  unauthorized: { status: 401, title: "The key or token is missing or not valid" },
  forbidden: { status: 403, title: "This may not be done from here" },
  cursor_expired: { status: 410, title: "Events behind this cursor are forgotten" },
  not_found: { status: 404, title: "There is nothing here for this key" },
  conflict: { status: 409, title: "This does not fit the present state" },
  media_pending: { status: 409, title: "The file has not come from Meta yet" },
  media_unavailable: { status: 404, title: "Meta has no file for this message" },
  media_deleted: { status: 410, title: "The file was deleted" },
  link_invalid: { status: 403, title: "This link was not made here" },
  link_expired: { status: 410, title: "This link has expired" },
  signup_failed: { status: 409, title: "Meta did not let this signup go on" },
  idempotency_key_reused: {
    status: 422,
    title: "The Idempotency-Key was used for another request",
  },
  body_too_large: { status: 413, title: "The body is larger than allowed" },
  meta_unavailable: { status: 502, title: "Meta could not be reached or did not answer" },
  too_many_requests: { status: 429, title: "Too many tries in a short time" },
  unavailable: { status: 503, title: "The gateway could not take the request now" },
  in_doubt: { status: 504, title: "Nobody can say whether this was taken" },
  internal: { status: 500, title: "Something went wrong on our side" },
} as const satisfies Record<string, { status: ContentfulStatusCode; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal meant for the caller: `detail` is public and says which field and what to do. */
export class AppError extends Error {
  readonly code: ProblemCode;
  readonly detail: string;
  /** The field at fault, as a path in the body or query. */
  readonly field: string | undefined;
  /** Which of several, for programs; goes beside the sentence. */
  readonly reason: string | undefined;
  /** Further members of the body, for programs to go on with (RFC 9457, 3.2). */
  readonly members: Record<string, string> | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      field?: string | undefined;
      reason?: string | undefined;
      members?: Record<string, string>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.field = options.field;
    this.reason = options.reason;
    this.members = options.members;
  }
}

/** RFC 9457 body of a problem. */
export function problemBody(error: AppError, requestId: string) {
  const { status, title } = PROBLEMS[error.code];
  return {
    type: `about:blank#${error.code}`,
    title,
    status,
    detail: error.detail,
    code: error.code,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...error.members,
    requestId,
  };
}
