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
  meaning: string;
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
  meaning: string,
  act: string,
];

const NEW_TOKEN = "Connect the number again (a new signup) or import it with a fresh token.";
const FIX_REQUEST = "Correct the field that the details name; the same request will fail again.";
const FIX_TEMPLATE = "Correct the template or its parameters in WhatsApp Manager or in the call.";
const ASK_OWNER = "The owner of the account looks into WhatsApp Manager and follows what it asks.";
const LOOK_UP = "Look the send up by our id before sending again: Meta may have taken it.";

/*
 * Every code of protocol.md 3.6: the one table that settles sends, moves the sender's state and is
 * printed in docs/errors.md. Codes of server faults (1, 2, 131000, 131016) are "unknown" when they
 * come with a 5xx: a message may have gone all the same, and Meta has no key to ask by.
 */
// oxfmt-ignore
const ROWS: Row[] = [
  [0, "access", "after_change", "refused", "block_token", "Authentication failed.", NEW_TOKEN],
  [1, "service", "soon", "refused", "none", "Meta did not understand the call or had a fault.", "Try again once; then check the request."],
  [2, "service", "soon", "unknown", "none", "Meta's service is down for the moment.", LOOK_UP],
  [3, "access", "after_change", "refused", "block_token", "The app lacks a permission for this call.", NEW_TOKEN],
  [4, "limit", "later", "number_too_fast", "none", "The app used up its calls of this hour.", "Wait; queued sends go on by themselves."],
  [10, "access", "after_change", "refused", "block_token", "The permission was not given or was taken back.", NEW_TOKEN],
  [33, "access", "after_change", "refused", "verify_access", "The number has been deleted.", "Tandem checks the connection; connect the number again if it is gone."],
  [{ code: 100, subcode: 33 }, "access", "after_change", "refused", "verify_access", "The object does not exist or access to it is lost.", "Tandem checks the connection; connect the number again if it is gone."],
  [100, "parameter", "no", "refused", "none", "A parameter is not valid or not known.", FIX_REQUEST],
  [190, "access", "after_change", "refused", "block_token", "The access token expired or was revoked.", NEW_TOKEN],
  [[200, 299], "access", "after_change", "refused", "block_token", "A permission is missing.", NEW_TOKEN],
  [368, "account", "after_change", "refused", "block_restricted", "The account is restricted for breaking a policy.", ASK_OWNER],
  [80007, "limit", "later", "number_too_fast", "none", "The WhatsApp account used up its calls.", "Wait; queued sends go on by themselves."],
  [130429, "throughput", "soon", "number_too_fast", "none", "More messages a second than the number may have.", "Wait as Retry-After says, or queue the send."],
  [130472, "recipient", "no", "refused", "none", "The customer is in one of Meta's experiments; marketing does not reach them.", "Do not send it again."],
  [130497, "account", "after_change", "refused", "none", "The account may not write to customers in this country.", ASK_OWNER],
  [131000, "service", "soon", "unknown", "none", "Something went wrong at Meta.", LOOK_UP],
  [131005, "access", "after_change", "refused", "block_token", "Access denied: a permission is missing or was taken back.", NEW_TOKEN],
  [131008, "parameter", "no", "refused", "none", "A required parameter is missing.", FIX_REQUEST],
  [131009, "parameter", "no", "refused", "none", "A parameter has a value that is not allowed.", FIX_REQUEST],
  [131016, "service", "soon", "unknown", "none", "The service is not available for the moment.", LOOK_UP],
  [131021, "recipient", "no", "refused", "none", "Sender and recipient are the same number.", FIX_REQUEST],
  [131026, "recipient", "no", "refused", "none", "The message cannot be delivered to this customer.", "Ask the customer by other means to update or open WhatsApp."],
  [131030, "recipient", "no", "refused", "none", "A test number may only write to the recipients on its list.", "Add the recipient to the list, or use a real number."],
  [131031, "account", "after_change", "refused", "block_restricted", "The account is locked.", ASK_OWNER],
  [131037, "account", "after_change", "refused", "block_restricted", "The number's display name awaits approval.", ASK_OWNER],
  [131042, "payment", "after_change", "refused", "block_payment", "Payment method, credit line, currency or time zone of the account is missing.", "The owner sets payment, currency and time zone in WhatsApp Manager."],
  [131045, "registration", "after_change", "refused", "block_restricted", "The number's certificate is not in order.", ASK_OWNER],
  [131047, "window", "no", "refused", "close_window", "The 24 h window is closed.", "Send a template message."],
  [131048, "account", "after_change", "refused", "block_restricted", "Too many customers reported or blocked this number.", ASK_OWNER],
  [131049, "limit", "later", "refused", "none", "Meta holds marketing to this customer back.", "Wait at least 24 hours before the next marketing message to them."],
  [131050, "recipient", "no", "refused", "none", "The customer stopped marketing messages.", "Do not send marketing to them."],
  [131051, "parameter", "no", "refused", "none", "Meta does not support this type of message.", FIX_REQUEST],
  [131052, "media", "no", "refused", "none", "Meta could not download the file.", "Check the file and its size."],
  [131053, "media", "no", "refused", "none", "Meta did not take the file.", "Check its type and size (limits by kind)."],
  [131056, "throughput", "soon", "customer_too_fast", "none", "Too many messages to this one customer.", "Wait as Retry-After says; other customers are not affected."],
  [131057, "throughput", "soon", "number_too_fast", "none", "The number is in maintenance, for a minute at most.", "Wait; queued sends go on by themselves."],
  [131060, "recipient", "no", "refused", "none", "A message of the customer is not available to the API.", "Ask the owner to look at the chat in the app."],
  [131062, "recipient", "no", "refused", "none", "This message cannot be addressed to a BSUID.", "Send it to the customer's phone number."],
  [131063, "template", "no", "refused", "none", "Marketing templates are turned off for this way of sending.", FIX_TEMPLATE],
  [131064, "account", "later", "refused", "block_restricted", "Templates of the wrong category used up the account's limit.", "It lifts by itself; review the categories of your templates."],
  [132000, "template", "no", "refused", "none", "The number of template parameters is wrong.", FIX_TEMPLATE],
  [132001, "template", "no", "refused", "none", "There is no such template in this language.", FIX_TEMPLATE],
  [132005, "template", "no", "refused", "none", "The filled-in template text is too long.", FIX_TEMPLATE],
  [132007, "template", "no", "refused", "none", "The template breaks a policy.", FIX_TEMPLATE],
  [132008, "template", "no", "refused", "none", "A template parameter breaks a policy.", FIX_TEMPLATE],
  [132012, "template", "no", "refused", "none", "A template parameter has the wrong format.", FIX_TEMPLATE],
  [132015, "template", "later", "refused", "none", "The template is paused for low quality.", "Send another one; edit this one or wait until Meta lifts the pause."],
  [132016, "template", "no", "refused", "none", "The template is disabled for good.", "Make a new template."],
  [132018, "template", "no", "refused", "none", "The template's parameters are not valid.", FIX_TEMPLATE],
  [132068, "template", "after_change", "refused", "none", "The flow is blocked.", "Mend the flow in WhatsApp Manager."],
  [132069, "template", "later", "refused", "none", "The flow is throttled: 10 messages an hour.", "Wait; mend the flow in WhatsApp Manager."],
  [133000, "registration", "soon", "refused", "none", "An earlier change of the registration is unfinished.", "Wait and try again."],
  [133004, "registration", "soon", "number_too_fast", "none", "Meta's registration server is down for the moment.", "Wait; queued sends go on by themselves."],
  [133005, "registration", "after_change", "refused", "none", "The two-step PIN is wrong.", "Coexistence numbers need no PIN: do not register them."],
  [133006, "registration", "after_change", "refused", "none", "The number has to be verified first.", ASK_OWNER],
  [133008, "registration", "later", "refused", "none", "Too many PIN guesses.", "Wait as the details say."],
  [133009, "registration", "later", "refused", "none", "PIN guesses came too fast.", "Wait as the details say."],
  [133010, "registration", "after_change", "refused", "block_restricted", "The number is not registered.", "Connect the number again."],
  [133015, "registration", "later", "refused", "none", "The number was deleted moments ago.", "Wait five minutes."],
  [133016, "registration", "later", "refused", "none", "Too many registrations of this number in 72 hours.", "Wait; do not register coexistence numbers."],
  [134011, "payment", "after_change", "refused", "none", "The terms of WhatsApp payments are not accepted.", ASK_OWNER],
  [135000, "parameter", "no", "refused", "none", "Meta could not send it, because of the request.", FIX_REQUEST],
  [137000, "recipient", "no", "refused", "none", "The customer's identity has changed since the hash was read.", "Check the identity and send with the new hash."],
  [2593107, "sync", "no", "refused", "none", "This sync was asked for already.", "It is given once an onboarding."],
  [2593108, "sync", "no", "refused", "none", "The 24 hours for this sync are over.", "Only a new onboarding gives another."],
  [2593109, "sync", "no", "refused", "none", "The owner chose not to share the history.", "Nothing: it is the owner's choice."],
];

export const ERROR_CATALOGUE: readonly CatalogueEntry[] = ROWS.map(
  ([named, category, retry, verdict, effect, meaning, act]) => ({
    ...nameCodes(named),
    meaning,
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
