import type { SendView } from "../durable/send-types.ts";
import type { Block } from "../durable/sender-state.ts";
import type { StoredContact } from "../database/read-contacts.ts";
import type { StoredEvent } from "../database/read-events.ts";
import type { StoredMessage } from "../database/read-messages.ts";
import type { Sender } from "../database/senders.ts";
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
    blocked: sender.blocked === null ? null : viewBlock(sender.blocked),
  };
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
  };
}

export function viewMessage(row: StoredMessage) {
  const body = row.revokedAt === null && row.body !== null ? parse(row.body) : {};
  return {
    wamid: row.wamid,
    direction: row.direction,
    origin: row.origin,
    historical: row.historical === 1,
    customer: viewKey(row),
    type: row.type,
    ...(row.status === null ? {} : { status: row.status }),
    ...(row.statusAt === null ? {} : { status_at: iso(row.statusAt) }),
    at: iso(row.at),
    ...body,
    ...(row.errors === null ? {} : { errors: JSON.parse(row.errors) as unknown }),
    ...(row.editedAt === null ? {} : { edited_at: iso(row.editedAt) }),
    ...(row.revokedAt === null ? {} : { revoked_at: iso(row.revokedAt) }),
    ...(row.send === null ? {} : { send_id: row.send }),
    ...(row.callback === null ? {} : { biz_opaque_callback_data: row.callback }),
  };
}

export function viewContact(row: StoredContact) {
  return {
    customer: viewKey(row),
    full_name: row.fullName,
    first_name: row.firstName,
    ...(row.username === null ? {} : { username: row.username }),
    removed: row.removed === 1,
    changed_at: iso(row.at),
  };
}

export function viewEvent(row: StoredEvent) {
  return {
    id: row.id,
    type: row.type,
    sender_id: row.senderId,
    seq: row.seq,
    at: iso(row.at),
    data: JSON.parse(row.data) as unknown,
  };
}

export function viewSession(session: SignupSession, publicUrl: string) {
  return {
    id: session.id,
    url: `${publicUrl}/connect/${session.id}`,
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
            country: session.account.country,
          },
    error: session.error,
    expires_at: iso(session.expiresAt),
  };
}

/** Phone and BSUID of a customer; a row without a profile has them in its key. */
function viewKey(row: { customer: string; phone: string | null; bsuid: string | null }) {
  const keyIsBsuid = row.customer.includes(".");
  const phone = row.phone ?? (keyIsBsuid ? null : row.customer);
  const bsuid = row.bsuid ?? (keyIsBsuid ? row.customer : null);
  return { ...(phone === null ? {} : { phone }), ...(bsuid === null ? {} : { bsuid }) };
}

function parse(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}
