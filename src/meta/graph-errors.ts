import { asObject, asObjects, asText } from "./read-json.ts";
import type { Json } from "./read-json.ts";

/** What kind of trouble an error is: for people, and for a partner's own branching. */
export type ErrorCategory =
  | "access"
  | "account"
  | "limit"
  | "media"
  | "parameter"
  | "payment"
  | "recipient"
  | "registration"
  | "service"
  | "sync"
  | "template"
  | "throughput"
  | "window";

/** Whether saying the same again can help. */
export type Retry =
  /** Never: the request itself must change. */
  | "no"
  /** Soon, with growing pauses. Queued sends do so by themselves. */
  | "soon"
  /** When a condition is met or a day has passed. */
  | "later"
  /** When a person has changed something at Meta. */
  | "after_change";

/** What an error says about the send it answers. */
export type Verdict =
  /** Meta did not take it. */
  | "refused"
  /** Meta did not take it, and the number as a whole is to slow down. */
  | "number_too_fast"
  /** Meta did not take it, and this customer is to be left alone for a while. */
  | "customer_too_fast"
  /** Meta may have taken it all the same. */
  | "unknown";

/** What stops a number as a whole (design: Lifecycle). */
export type BlockKind = "payment" | "timezone" | "token" | "restricted";

/** What an error means for the sender's state, beyond the one message. */
export type ErrorEffect = "none" | "close_window" | "verify_access" | `block_${BlockKind}`;

export interface CatalogueEntry {
  code: number;
  /** Only where Meta's subcode still tells cases apart (100/33, protocol.md 3.1). */
  subcode?: number;
  /** Of a code's last member where a whole range means the same. */
  to?: number;
  category: ErrorCategory;
  retry: Retry;
  verdict: Verdict;
  effect: ErrorEffect;
  /** What whoever reads it is to do. */
  act: string;
}

type Row = [
  code: number | [from: number, to: number] | { code: number; subcode: number },
  category: ErrorCategory,
  retry: Retry,
  verdict: Verdict,
  effect: ErrorEffect,
  act: string,
];

const NEW_TOKEN = "Connect the number again (a new signup) or import it with a fresh token.";
const FIX_REQUEST = "Correct the field that the details name; the same request will fail again.";
const FIX_TEMPLATE = "Correct the template or its parameters in WhatsApp Manager or in the call.";
const ASK_OWNER = "The owner of the account looks into WhatsApp Manager and follows what it asks.";
const LOOK_UP = "Look the send up by our id before sending again: Meta may have taken it.";

/*
 * Every code of protocol.md 3.6: the one table that settles sends, moves the sender's state and is
 * printed in docs/errors.md. What each means stands in graph-error-meanings.ts: it decides nothing.
 * Codes of server faults (1, 2, 131000, 131016) are "unknown" when they come with a 5xx: a message may
 * have gone all the same, and Meta has no key to ask by.
 */
// oxfmt-ignore
const ROWS: Row[] = [
  [0, "access", "after_change", "refused", "block_token", NEW_TOKEN],
  [1, "service", "soon", "refused", "none", "Try again once; then check the request."],
  [2, "service", "soon", "unknown", "none", LOOK_UP],
  [3, "access", "after_change", "refused", "block_token", NEW_TOKEN],
  [4, "limit", "later", "number_too_fast", "none", "Wait; queued sends go on by themselves."],
  [10, "access", "after_change", "refused", "block_token", NEW_TOKEN],
  [33, "access", "after_change", "refused", "verify_access", "Tandem checks the connection; connect the number again if it is gone."],
  [{ code: 100, subcode: 33 }, "access", "after_change", "refused", "verify_access", "Tandem checks the connection; connect the number again if it is gone."],
  [100, "parameter", "no", "refused", "none", FIX_REQUEST],
  [190, "access", "after_change", "refused", "block_token", NEW_TOKEN],
  [[200, 299], "access", "after_change", "refused", "block_token", NEW_TOKEN],
  [368, "account", "after_change", "refused", "block_restricted", ASK_OWNER],
  [80007, "limit", "later", "number_too_fast", "none", "Wait; queued sends go on by themselves."],
  [130429, "throughput", "soon", "number_too_fast", "none", "Wait as Retry-After says, or queue the send."],
  [130472, "recipient", "no", "refused", "none", "Do not send it again."],
  [130497, "account", "after_change", "refused", "none", ASK_OWNER],
  [131000, "service", "soon", "unknown", "none", LOOK_UP],
  [131005, "access", "after_change", "refused", "block_token", NEW_TOKEN],
  [131008, "parameter", "no", "refused", "none", FIX_REQUEST],
  [131009, "parameter", "no", "refused", "none", FIX_REQUEST],
  [131016, "service", "soon", "unknown", "none", LOOK_UP],
  [131021, "recipient", "no", "refused", "none", FIX_REQUEST],
  [131026, "recipient", "no", "refused", "none", "Ask the customer by other means to update or open WhatsApp."],
  [131030, "recipient", "no", "refused", "none", "Add the recipient to the list, or use a real number."],
  [131031, "account", "after_change", "refused", "block_restricted", ASK_OWNER],
  [131037, "account", "after_change", "refused", "block_restricted", ASK_OWNER],
  [131042, "payment", "after_change", "refused", "block_payment", "The owner sets payment, currency and time zone in WhatsApp Manager."],
  [131045, "registration", "after_change", "refused", "block_restricted", ASK_OWNER],
  [131047, "window", "no", "refused", "close_window", "Send a template message."],
  [131048, "account", "after_change", "refused", "block_restricted", ASK_OWNER],
  [131049, "limit", "later", "refused", "none", "Wait at least 24 hours before the next marketing message to them."],
  [131050, "recipient", "no", "refused", "none", "Do not send marketing to them."],
  [131051, "parameter", "no", "refused", "none", FIX_REQUEST],
  [131052, "media", "no", "refused", "none", "Check the file and its size."],
  [131053, "media", "no", "refused", "none", "Check its type and size (limits by kind)."],
  [131056, "throughput", "soon", "customer_too_fast", "none", "Wait as Retry-After says; other customers are not affected."],
  [131057, "throughput", "soon", "number_too_fast", "none", "Wait; queued sends go on by themselves."],
  [131060, "recipient", "no", "refused", "none", "Ask the owner to look at the chat in the app."],
  [131062, "recipient", "no", "refused", "none", "Send it to the customer's phone number."],
  [131063, "template", "no", "refused", "none", FIX_TEMPLATE],
  [131064, "account", "later", "refused", "block_restricted", "It lifts by itself; review the categories of your templates."],
  [132000, "template", "no", "refused", "none", FIX_TEMPLATE],
  [132001, "template", "no", "refused", "none", FIX_TEMPLATE],
  [132005, "template", "no", "refused", "none", FIX_TEMPLATE],
  [132007, "template", "no", "refused", "none", FIX_TEMPLATE],
  [132008, "template", "no", "refused", "none", FIX_TEMPLATE],
  [132012, "template", "no", "refused", "none", FIX_TEMPLATE],
  [132015, "template", "later", "refused", "none", "Send another one; edit this one or wait until Meta lifts the pause."],
  [132016, "template", "no", "refused", "none", "Make a new template."],
  [132018, "template", "no", "refused", "none", FIX_TEMPLATE],
  [132068, "template", "after_change", "refused", "none", "Mend the flow in WhatsApp Manager."],
  [132069, "template", "later", "refused", "none", "Wait; mend the flow in WhatsApp Manager."],
  [133000, "registration", "soon", "refused", "none", "Wait and try again."],
  [133004, "registration", "soon", "number_too_fast", "none", "Wait; queued sends go on by themselves."],
  [133005, "registration", "after_change", "refused", "none", "Coexistence numbers need no PIN: do not register them."],
  [133006, "registration", "after_change", "refused", "none", ASK_OWNER],
  [133008, "registration", "later", "refused", "none", "Wait as the details say."],
  [133009, "registration", "later", "refused", "none", "Wait as the details say."],
  [133010, "registration", "after_change", "refused", "block_restricted", "Connect the number again."],
  [133015, "registration", "later", "refused", "none", "Wait five minutes."],
  [133016, "registration", "later", "refused", "none", "Wait; do not register coexistence numbers."],
  [134011, "payment", "after_change", "refused", "none", ASK_OWNER],
  [135000, "parameter", "no", "refused", "none", FIX_REQUEST],
  [137000, "recipient", "no", "refused", "none", "Check the identity and send with the new hash."],
  [2593107, "sync", "no", "refused", "none", "It is given once an onboarding."],
  [2593108, "sync", "no", "refused", "none", "Only a new onboarding gives another."],
  [2593109, "sync", "no", "refused", "none", "Nothing: it is the owner's choice."],
];

export const ERROR_CATALOGUE: readonly CatalogueEntry[] = ROWS.map(
  ([named, category, retry, verdict, effect, act]) => ({
    ...nameCodes(named),
    category,
    retry,
    verdict,
    effect,
    act,
  }),
);

function nameCodes(named: Row[0]): Pick<CatalogueEntry, "code" | "subcode" | "to"> {
  if (typeof named === "number") return { code: named };
  return Array.isArray(named) ? { code: named[0], to: named[1] } : named;
}

/** What the catalogue says of a code; undefined for one that Meta has not told us about. */
export function findError(code: number | undefined, subcode?: number): CatalogueEntry | undefined {
  if (code === undefined) return undefined;
  return ERROR_CATALOGUE.find(
    (entry) =>
      code >= entry.code &&
      code <= (entry.to ?? entry.code) &&
      (entry.subcode === undefined || entry.subcode === subcode),
  );
}

/**
 * What an error that answers a send says about it, and about the sender. Server faults may hide a
 * message that was taken (a 5xx without a code that names a refusal).
 *
 * @param error Graph's `error` object
 */
export function judgeSendError(
  status: number,
  error: Json,
): { verdict: Verdict; effect: ErrorEffect } {
  const entry = findError(numberOf(error["code"]), numberOf(error["error_subcode"]));
  const fault = entry === undefined || entry.category === "service";
  if (fault) return { verdict: status >= 500 ? "unknown" : "refused", effect: "none" };
  return { verdict: entry.verdict, effect: effectOf(entry, error) };
}

/**
 * What the errors of a `failed` status mean for the sender: the same failure can come as an answer,
 * as a status, or both (protocol.md 3.1).
 */
export function judgeStatusErrors(
  errors: unknown,
): { effect: ErrorEffect; code: number } | undefined {
  for (const error of asObjects(errors)) {
    const entry = findError(numberOf(error["code"]));
    const effect = entry === undefined ? "none" : effectOf(entry, error);
    if (entry !== undefined && effect !== "none") return { effect, code: entry.code };
  }
  return undefined;
}

/** 131042 covers payment and the time zone; its details say which (protocol.md 1.7, 3.6). */
function effectOf(entry: CatalogueEntry, error: Json): ErrorEffect {
  if (entry.effect !== "block_payment") return entry.effect;
  const details = asText(asObject(error["error_data"])?.["details"]) ?? "";
  return /time\s?zone/i.test(details) ? "block_timezone" : entry.effect;
}

function numberOf(value: unknown): number | undefined {
  const number = Number(asText(value));
  return Number.isFinite(number) ? number : undefined;
}
