import { asObject, asText } from "../meta/read-json.ts";
import { zoneOfId } from "../meta/timezone-ids.ts";
import { STATUS_RANK } from "../database/message-status.ts";
import { PLACEHOLDER, stateOfPlaceholder } from "../lib/placeholder.ts";
import { wordsOfEvent, wordsOfState } from "../lib/lifecycle-words.ts";
import { nameInKey } from "../lib/customer-key.ts";
import { viewCustomerKey } from "../lib/customer-view.ts";
import type { MessageStatus } from "../database/message-status.ts";
import type { DescribedCustomer } from "../operations/describe-customers.ts";
import type { LinkedConversation, LinkedMessage } from "../operations/link-messages.ts";
import type { Profile } from "../database/customer-names.ts";
import type { OperatorHoldView } from "../durable/operator-hold.ts";
import type { EventData } from "../events/index.ts";
import type { Block } from "../durable/sender-state.ts";
import type { StoredConversion } from "../database/conversions.ts";
import type { StoredNotice } from "../database/read-notices.ts";
import type { StoredContact } from "../database/read-contacts.ts";
import type { MessageHistory, StoredMessage } from "../database/read-messages.ts";
import type { SendView } from "../durable/send-types.ts";
import type { Sender } from "../database/senders.ts";
import type { PartnerProfile } from "../database/partners.ts";
import type { SignupSession } from "../database/signup-sessions.ts";

/*
 * Stored rows as the native surface shows them: snake_case as on the Cloud API that partners know,
 * times in ISO 8601, what is not there left out.
 */

export function iso(at: number): string;
export function iso(at: number | null): string | null;
export function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

export function viewSender(sender: Sender) {
  const blocked = sender.blocked === null ? null : viewBlock(sender.blocked);
  return {
    id: sender.phoneNumberId,
    waba_id: sender.wabaId,
    display_phone_number: sender.displayPhoneNumber,
    verified_name: sender.verifiedName,
    timezone: sender.timezone,
    state: sender.state,
    state_reason: sender.stateReason,
    state_at: iso(sender.stateAt),
    onboarded_at: iso(sender.generation),
    created_at: iso(sender.createdAt),
    mps: sender.mps,
    blocked,
    words: wordsOfState(sender.state, sender.stateReason, blocked?.reason),
    sends_held: sender.held === null ? null : viewHold(sender.held),
  };
}

/** An operator's hold of the sends; who it was is the gateway's own business. */
function viewHold(json: string) {
  const { reason, since } = JSON.parse(json) as OperatorHoldView;
  return { reason, since: iso(since) };
}

function viewBlock(json: string) {
  const { kind, code, since } = JSON.parse(json) as Block;
  return { reason: kind, code, since: iso(since) };
}

/** A send by our id: where it stands, and what Meta said. */
export function viewSend(view: SendView) {
  return {
    id: view.send,
    state: view.state,
    wamid: view.wamid,
    admitted_at: iso(view.admittedAt),
    place_at: iso(view.placeAt),
    settled_at: iso(view.settledAt),
    error: view.outcome !== null && "error" in view.outcome ? view.outcome.error : null,
    request_id: view.requestId,
  };
}

/** @param sender whose message it is */
export function viewMessage(row: LinkedMessage<StoredMessage>, sender: Sender) {
  const body = row.revokedAt === null && row.body !== null ? viewBody(row.body, row.targets) : {};
  const errors = parseErrors(row);
  const media = row.revokedAt === null ? viewMedia(row, sender) : undefined;
  return {
    wamid: row.wamid,
    direction: row.direction,
    origin: row.origin,
    historical: row.historical === 1,
    customer: viewCustomerKey(row),
    type: row.type,
    ...(row.status === null ? {} : { status: row.status }),
    ...(row.statusAt === null ? {} : { status_at: iso(row.statusAt) }),
    at: iso(row.at),
    ...body,
    ...(media === undefined ? {} : { media }),
    ...(errors === undefined || row.status !== "failed" ? {} : { errors }),
    ...(row.editedAt === null ? {} : { edited_at: iso(row.editedAt) }),
    ...(row.revokedAt === null ? {} : { revoked_at: iso(row.revokedAt) }),
    ...(row.send === null ? {} : { send_id: row.send }),
    ...(row.callback === null ? {} : { biz_opaque_callback_data: row.callback }),
  };
}

/** Meta's body; beside its ids of other messages stands ours, where it has one of ours in mind. */
function viewBody(json: string, targets: ReadonlyMap<string, string>) {
  const body = parse(json);
  const context = asObject(body["context"]);
  const reaction = asObject(body["reaction"]);
  const message = targets.get(asText(context?.["id"] ?? context?.["message_id"]) ?? "");
  const target = targets.get(asText(reaction?.["message_id"]) ?? "");
  return {
    ...body,
    ...(message === undefined ? {} : { context: { ...context, message } }),
    ...(target === undefined ? {} : { reaction: { ...reaction, target } }),
  };
}

/** The file of a message: Meta's own object under the type's name has an id that nobody else reads. */
function viewMedia(row: StoredMessage, sender: Sender) {
  if (row.mediaState === null) {
    return row.type === PLACEHOLDER ? { state: stateOfPlaceholder(sender, Date.now()) } : undefined;
  }
  const isOver = row.mediaState === "unavailable" || row.mediaState === "deleted";
  return {
    state: row.mediaState === "wanted" ? "pending" : row.mediaState,
    ...(isOver ? { reason: row.mediaReason } : {}),
    mime_type: row.mediaType,
    bytes: row.mediaBytes,
    sha256: row.mediaSha256,
    filename: row.mediaFilename,
    stored_at: iso(row.mediaStoredAt),
  };
}

/**
 * A message with its statuses in order, its price, and its way through us.
 *
 * @param send what the object still has of it; null after a while, and for what we did not send
 */
export function viewMessageHistory(
  row: LinkedMessage<MessageHistory>,
  sender: Sender,
  send: SendView | null,
) {
  const { counted_on: _, conversation, ...pricing } = parse(row.pricing ?? "{}");
  return {
    ...viewMessage(row, sender),
    status: row.status,
    steps: viewSteps(row),
    pricing: Object.keys(pricing).length === 0 ? null : pricing,
    ...(conversation === undefined ? {} : { conversation }),
    send: send === null ? null : viewSend(send),
  };
}

/** A send that is no message yet, in the shape of one as far as it is known. */
export function viewUnstoredSend(send: SendView) {
  return {
    wamid: send.wamid,
    direction: "outbound",
    origin: "api",
    historical: false,
    at: iso(send.settledAt ?? send.admittedAt),
    send_id: send.send,
    status: null,
    steps: [],
    pricing: null,
    send: viewSend(send),
  };
}

/** In the order in which they were reached; of one second, in that of the ladder. */
function viewSteps(row: MessageHistory) {
  const errors = parseErrors(row);
  return Object.entries(parse(row.steps ?? "{}") as Record<MessageStatus, number>)
    .map(([status, at]) => ({ status: status as MessageStatus, at }))
    .toSorted(
      (left, right) => left.at - right.at || STATUS_RANK[left.status] - STATUS_RANK[right.status],
    )
    .map(({ status, at }) => ({
      status,
      at: iso(at),
      ...(status === "failed" && errors !== undefined ? { errors } : {}),
    }));
}

/** A conversation with its newest message, which is absent while only its status has come. */
export function viewConversation(
  row: LinkedConversation,
  sender: Sender,
  profile: Profile | undefined,
) {
  return {
    ...viewProfile(row.person, profile),
    last_at: iso(row.lastAt),
    last_message: row.last === null ? null : viewMessage(row.last, sender),
    last_human_reply_at: iso(row.lastHumanReplyAt),
  };
}

/** A customer under all of its keys together; a key without a profile says what it can. */
export function viewProfile(person: string, profile: Profile | undefined) {
  const { customer = person, phone = null, bsuid = null } = profile ?? {};
  return {
    customer: viewCustomerKey({ customer, phone, bsuid }),
    name: profile?.name ?? null,
    username: profile?.username ?? null,
    contact_name: profile?.contactName ?? null,
  };
}

export function viewContact(row: StoredContact) {
  return {
    customer: viewCustomerKey(row),
    full_name: row.fullName,
    first_name: row.firstName,
    ...(row.username === null ? {} : { username: row.username }),
    removed: row.removed === 1,
    changed_at: iso(row.at),
  };
}

/** A customer with all that is known of them. */
export function viewCustomer(described: DescribedCustomer) {
  const { person, profile, window, preferences, adClick } = described;
  const view = viewProfile(person, profile);
  const { phone, bsuid } = view.customer;
  const others = (profile?.aliases ?? []).map((alias) => {
    const named = nameInKey(alias);
    return named.phone ?? named.bsuid ?? alias;
  });
  return {
    ...view,
    // Former numbers and BSUIDs, and other spellings.
    other_names: [...new Set(others)].filter((name) => name !== phone && name !== bsuid),
    window: {
      open: window === null ? false : window.open,
      closes_at: iso(window?.closesAt ?? null),
      why: window?.why ?? "number_moved",
    },
    thread_owner: window?.threadOwner ?? "other",
    last_human_reply_at: iso(described.lastHumanReplyAt),
    preferences: preferences.map(({ category, value, at }) => ({
      category,
      value,
      changed_at: iso(at),
    })),
    referral:
      adClick === null
        ? null
        : { ...parse(adClick.referral), wamid: adClick.wamid, at: iso(adClick.at) },
  };
}

/** What Meta said of the account, in the shape of its event, with today's words. */
export function viewNotice(row: StoredNotice) {
  const data = { ...(parse(row.data) as EventData<"account.notice">), field: row.field };
  return { id: row.id, at: iso(row.at), ...data, words: wordsOfEvent("account.notice", data) };
}

/** A conversion as it was reported, and what came of it. */
export function viewConversion(row: StoredConversion) {
  return {
    id: row.id,
    state: row.state,
    name: row.name,
    at: iso(row.at),
    customer: row.customer === null ? null : nameInKey(row.customer),
    ctwa_clid: row.ctwaClid,
    currency: row.currency,
    value: row.value,
    custom_data: row.customData === null ? {} : parse(row.customData),
    detected_in: row.detectedIn,
    test_event_code: row.testEventCode,
    error: row.error === null ? null : parse(row.error),
    created_at: iso(row.createdAt),
    settled_at: iso(row.settledAt),
  };
}

export function viewPartner(partner: PartnerProfile) {
  return {
    id: partner.id,
    name: partner.name,
    logo_url: partner.logoUrl,
    media_retention_days: partner.mediaRetentionDays,
    message_retention_days: partner.messageRetentionDays,
  };
}

/** @param url of the owner's page; null for a key that may not make one */
export function viewSession(session: SignupSession, url: string | null) {
  return {
    id: session.id,
    kind: session.kind,
    url,
    state: session.state,
    external_id: session.externalId,
    return_url: session.returnUrl,
    locale: session.locale,
    phone_number: session.phoneNumber,
    waba_id: session.wabaId,
    phone_number_id: session.phoneNumberId,
    candidates:
      session.candidates?.map((candidate) => ({
        phone_number_id: candidate.phoneNumberId,
        display_phone_number: candidate.displayPhoneNumber,
        verified_name: candidate.verifiedName,
      })) ?? null,
    account:
      session.account === null
        ? null
        : {
            name: session.account.name,
            currency: session.account.currency,
            timezone_id: session.account.timezoneId,
            timezone: zoneOfId(session.account.timezoneId),
            country: session.account.country,
          },
    error: session.error,
    webhooks: session.proof,
    credit:
      session.credit === null
        ? null
        : { state: session.credit.state, currency: session.credit.currency },
    sync: session.sync,
    timezone: session.timezone,
    onboarded_at: iso(session.onboardedAt),
    unattended_at: iso(session.unattendedAt),
    created_at: iso(session.createdAt),
    expires_at: iso(session.expiresAt),
    trail: (session.trail ?? []).map(({ at, kind, what, step, code, metaSession }) => ({
      at: iso(at),
      ...(kind === "state" ? { state: what } : { popup: what }),
      ...(step === undefined ? {} : { step }),
      ...(code === undefined ? {} : { code }),
      ...(metaSession === undefined ? {} : { meta_session_id: metaSession }),
    })),
  };
}

function parseErrors(row: StoredMessage): unknown {
  return row.errors === null ? undefined : (JSON.parse(row.errors) as unknown);
}

function parse(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}
