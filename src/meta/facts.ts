import type { ErrorEffect } from "./graph-errors.ts";
import type { Notice } from "./notice-facts.ts";

/** Who a fact is about, as far as Meta says: phone digits, BSUID, or both. */
export interface CustomerRef {
  phone?: string;
  bsuid?: string;
  name?: string;
  username?: string;
}

interface FactBase {
  /** The same fact always has the same key, however often and wherever it comes. */
  key: string;
}

/** What is said of a conversation, and whether we were only listening when it was. */
interface ConversationFact extends FactBase {
  /** It came while another responder of the number held the thread (protocol.md 2.10). */
  standby?: true;
}

/** Who answers a customer: our partner, or another responder of the same number. */
export type ThreadOwner = "tandem" | "other";

/**
 * A message of a customer, or an echo: one that the owner typed in the phone app, or that another
 * responder of the number sent through the API.
 */
export interface MessageFact extends ConversationFact {
  kind: "message";
  wamid: string;
  at: number;
  direction: "inbound" | "outbound";
  origin: "customer" | "app" | "responder";
  customer: CustomerRef;
  type: string;
  /** Meta's object under the type's name, with context, referral and errors where they came. */
  body: Record<string, unknown>;
  /** The file it comes with, where our token can fetch it. */
  media?: MediaRef;
}

/** A file at Meta, as a message names it. */
export interface MediaRef {
  mediaId: string;
  /** As declared, perhaps with parameters. */
  mimeType?: string;
  /** Hex. */
  sha256?: string;
  filename?: string;
}

export interface StatusFact extends ConversationFact {
  kind: "status";
  wamid: string;
  status: "sent" | "delivered" | "read" | "played" | "failed";
  at: number;
  customer: CustomerRef;
  /** What we put into biz_opaque_callback_data: our id of the send. */
  send?: string;
  errors?: unknown[];
  /** What the errors of a `failed` mean for the sender or the customer's window, if anything. */
  trouble?: { effect: ErrorEffect; code: number };
  pricing?: unknown;
  conversation?: unknown;
}

/** An edit or a revoke of an earlier message, by whoever wrote it. */
export interface ChangeFact extends ConversationFact {
  kind: "edit" | "revoke";
  wamid: string;
  target: string;
  /** What all wamids of the target share (wamid-token.ts), where its own can be read. */
  patterns?: readonly string[];
  at: number;
  direction: "inbound" | "outbound";
  customer: CustomerRef;
  /** The new content of an edit: type and Meta's object for it. */
  content?: { type: string; body: Record<string, unknown> };
}

/** One change of the phone's address book; an edit comes as "add". */
export interface ContactFact extends FactBase {
  kind: "contact";
  at: number;
  removed: boolean;
  customer: CustomerRef;
  fullName?: string;
  firstName?: string;
}

/** A customer got another number or BSUID. */
export interface CustomerChangeFact extends ConversationFact {
  kind: "customer_change";
  wamid: string;
  at: number;
  before: CustomerRef;
  after: CustomerRef;
  /** The number before is theirs no more; left out where only the BSUID changed. */
  renumbered?: true;
}

/** A step in the life of the connection (field account_update). */
export interface AccountFact extends FactBase {
  kind: "account";
  event: string;
  /** entry.time; absent in some editions. */
  at?: number;
  /** Portfolios of the partners it names, where it is about partners. */
  partners?: string[];
  /** The app it names. */
  appId?: string;
  /** Whether the account has more numbers of ours: Meta names only the account. */
  shared?: true;
  notice?: Notice;
  detail: Record<string, unknown>;
}

/** Something about the account that changes no state of ours: quality, names, templates, alerts. */
export interface NoticeFact extends FactBase {
  kind: "notice";
  field: string;
  at?: number;
  notice?: Notice;
  detail: Record<string, unknown>;
}

/** Meta found by itself what a customer who came by an ad came to (field automatic_events). */
export interface DetectionFact extends FactBase {
  kind: "detection";
  /** The message it was found in. */
  wamid: string;
  at: number;
  /** LeadSubmitted or Purchase, as far as is known. */
  name: string;
  ctwaClid?: string;
  currency?: string;
  value?: number;
}

/** What a customer wants to be sent (field user_preferences); the notice beside it tells it. */
export interface PreferenceFact extends FactBase {
  kind: "preference";
  at: number;
  customer: CustomerRef;
  /** Such as marketing_messages. */
  category: string;
  /** "stop" or "resume" */
  value: string;
}

/** Meta gave a customer's thread to another responder (field messaging_handovers). */
export interface HandoverFact extends FactBase {
  kind: "handover";
  at: number;
  /** By phone only, as far as Meta says. */
  customer: CustomerRef;
  /** Who holds the thread from then on; absent where Meta's words do not tell. */
  owner?: ThreadOwner;
  detail: Record<string, unknown>;
}

/** What we cannot use: kept whole. */
export interface RawFact extends FactBase {
  kind: "raw";
  field: string;
  reason: string;
  raw: unknown;
}

export type Fact =
  | MessageFact
  | StatusFact
  | ChangeFact
  | ContactFact
  | CustomerChangeFact
  | AccountFact
  | NoticeFact
  | DetectionFact
  | PreferenceFact
  | HandoverFact
  | RawFact;

/** Which number a fact belongs to, by whatever Meta names it with. */
export type Route =
  | { by: "phone_number_id"; value: string }
  | { by: "waba"; value: string }
  | { by: "display"; value: string }
  | { by: "none" };
