import type { ContentfulStatusCode } from "hono/utils/http-status";

interface Problem {
  status: ContentfulStatusCode;
  title: string;
  /** For the caller's developers; /docs/problems shows it. */
  act: string;
}

/** Every problem the native surface can answer: status, title and advice follow from the code. */
export const PROBLEMS = {
  invalid_request: {
    status: 400,
    title: "The request is not in the expected shape",
    act: "`detail` says what is wrong, `field` where. Correct it; the same request fails again.",
  },
  unauthorized: {
    status: 401,
    title: "The key or token is missing or not valid",
    act: "Send `Authorization: Bearer tdm_…`. A key that was revoked or has expired ends here too: make a new one.",
  },
  forbidden: {
    status: 403,
    title: "This may not be done from here",
    act: "The key or the page has no right to it. Use a key whose scopes and senders cover the call.",
  },
  cursor_expired: {
    status: 410,
    title: "Events behind this cursor are forgotten",
    act: "Go on with `next_cursor` of this answer. Read what you missed of messages from the conversations.",
  },
  not_found: {
    status: 404,
    title: "There is nothing here for this key",
    act: "Check the id and the address. What belongs to another partner looks the same as what does not exist.",
  },
  conflict: {
    status: 409,
    title: "This does not fit the present state",
    act: "Read the thing anew: `detail` says which state it is in, and that decides what can be done.",
  },
  media_pending: {
    status: 409,
    title: "The file has not come from Meta yet",
    act: "Ask again later, or wait for the event `media.stored`.",
  },
  media_unavailable: {
    status: 404,
    title: "Meta has no file for this message",
    act: "Nothing brings it back; `detail` says why. Ask the customer to send it again.",
  },
  media_deleted: {
    status: 410,
    title: "The file was deleted",
    act: "It was deleted by a call or by the retention that your operator set, and Meta's copy is not kept.",
  },
  link_invalid: {
    status: 403,
    title: "This link was not made here",
    act: "Take the link whole and unchanged, or make a new one.",
  },
  link_expired: {
    status: 410,
    title: "This link has expired",
    act: "Make a new one: `POST /v1/senders/{id}/media/{wamid}/link`.",
  },
  signup_failed: {
    status: 409,
    title: "Meta did not let this signup go on",
    act: "Read the session: `error.step` and `error.code` say where it stopped. Mostly a new session is needed.",
  },
  idempotency_key_reused: {
    status: 422,
    title: "The Idempotency-Key was used for another request",
    act: "Repeat the first request with it, or take a fresh key for a new one.",
  },
  body_too_large: {
    status: 413,
    title: "The body is larger than allowed",
    act: "Send less at once: split a batch, shrink a body.",
  },
  meta_unavailable: {
    status: 502,
    title: "Meta could not be reached or did not answer",
    act: "Try again with growing pauses; nothing was changed unless `detail` says so.",
  },
  too_many_requests: {
    status: 429,
    title: "Too many tries in a short time",
    act: "Wait as long as `Retry-After` says. `RateLimit` on every answer tells how much is left.",
  },
  unavailable: {
    status: 503,
    title: "The gateway could not take the request now",
    act: "Nothing was taken: send it again in a moment.",
  },
  in_doubt: {
    status: 504,
    title: "Nobody can say whether this was taken",
    act: "Repeat it with the same Idempotency-Key, which tells; without one, look first what was taken.",
  },
  internal: {
    status: 500,
    title: "Something went wrong on our side",
    act: "Try again; if it stays, tell your operator the `request_id`.",
  },
} as const satisfies Record<string, Problem>;

export type ProblemCode = keyof typeof PROBLEMS;

const DETAIL_MAX = 1_000;
const FIELD_MAX = 200;

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
  /** Seconds until the same request may pass. */
  readonly retryAfterS: number | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      field?: string | undefined;
      reason?: string | undefined;
      members?: Record<string, string>;
      retryAfterS?: number;
      cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.detail = clip(detail, DETAIL_MAX);
    this.field = options.field === undefined ? undefined : clip(options.field, FIELD_MAX);
    this.reason = options.reason;
    this.members = options.members;
    this.retryAfterS = options.retryAfterS;
  }
}

/** Names of fields and values that were sent come back in it, and may be as long as a body. */
function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

/** Where a problem is explained. @param home PUBLIC_URL */
export function problemPage(code: ProblemCode, home: string): string {
  return `${home.replace(/\/+$/, "")}/docs/problems#${code}`;
}

/** RFC 9457 body of a problem. @param home PUBLIC_URL, where its type is explained */
export function problemBody(error: AppError, requestId: string, home: string) {
  const { status, title } = PROBLEMS[error.code];
  return {
    type: problemPage(error.code, home),
    title,
    status,
    detail: error.detail,
    code: error.code,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...error.members,
    request_id: requestId,
  };
}
