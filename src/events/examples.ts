import type { EventData } from "./index.ts";
import type { EventType } from "./type-names.ts";

/**
 * The data of an event of each type, made up: for docs, and for tries of an endpoint. Apart from the
 * schemas, so that the Worker can have it without them.
 */
export const EXAMPLES: { [Type in EventType]: EventData<Type> } = {
  "message.received": {
    wamid: "wamid.HBgLRVhBTVBMRS1JTgA=",
    direction: "inbound",
    origin: "customer",
    customer: { phone: "15550142233", bsuid: "US.4081516" },
    message_type: "text",
    text: { body: "Is the blue one still there?" },
  },
  "message.echoed": {
    wamid: "wamid.HBgLRVhBTVBMRS1FQwA=",
    direction: "outbound",
    origin: "app",
    customer: { phone: "15550142233" },
    message_type: "text",
    text: { body: "Yes, I keep it for you until six." },
  },
  "message.edited": {
    wamid: "wamid.HBgLRVhBTVBMRS1FQwA=",
    change_wamid: "wamid.HBgLRVhBTVBMRS1FRAA=",
    direction: "outbound",
    customer: { phone: "15550142233" },
    message_type: "text",
    text: { body: "Yes, I keep it for you until seven." },
  },
  "message.revoked": {
    wamid: "wamid.HBgLRVhBTVBMRS1JTgA=",
    change_wamid: "wamid.HBgLRVhBTVBMRS1SVgA=",
    direction: "inbound",
    customer: { phone: "15550142233" },
  },
  "message.unsupported": {
    wamid: "wamid.HBgLRVhBTVBMRS1VTgA=",
    direction: "inbound",
    origin: "customer",
    customer: { phone: "15550142233" },
    message_type: "unsupported",
    errors: [{ code: 131051, title: "Message type is not supported" }],
    hint: "The content did not reach the API. Ask the owner to look at the chat.",
  },
  "message.status": {
    wamid: "wamid.HBgLRVhBTVBMRS1PVQA=",
    status: "delivered",
    customer: { phone: "15550142233" },
    biz_opaque_callback_data: "order-1042",
    pricing: { billable: true, category: "utility", type: "regular" },
  },
  "contact.updated": {
    customer: { phone: "15550142233" },
    full_name: "Ana Beispiel",
    first_name: "Ana",
  },
  "contact.removed": { customer: { phone: "15550142233" } },
  "contacts.imported": { changes: 312 },
  "customer.changed": {
    wamid: "wamid.HBgLRVhBTVBMRS1TWQA=",
    customer: { phone: "15550149988", bsuid: "US.4081516" },
    before: { phone: "15550142233" },
    after: { phone: "15550149988", bsuid: "US.4081516" },
  },
  "history.progress": {
    phase: 1,
    chunk_order: 3,
    progress: 40,
    messages: 512,
    phases: [{ phase: 1, progress: 40, chunks: 3, pages: 6, pages_stored: 6, messages: 1490 }],
  },
  "history.completed": {
    phases: [{ phase: 2, progress: 100, chunks: 4, pages: 9, pages_stored: 9, messages: 1830 }],
    missing: [],
    missing_chunks: 0,
    missing_pages: 0,
    reason: "Everything that Meta numbered is stored.",
  },
  "history.incomplete": {
    phases: [{ phase: 2, progress: 100, chunks: 4, pages: 9, pages_stored: 9, messages: 1830 }],
    missing: [{ phase: 1, chunk_order: 2 }],
    missing_chunks: 1,
    missing_pages: 0,
    reason: "The time for it is over. Missing: chunk 2 of phase 1.",
  },
  "history.declined": { code: 2593109, title: "History was not shared" },
  "history.stalled": {
    phases: [{ phase: 2, progress: 100, chunks: 4, pages: 9, pages_stored: 9, messages: 1830 }],
    missing: [],
    missing_chunks: 0,
    missing_pages: 2,
    reason: "Nothing has come for two hours. Still missing: 2 pages of chunks that came.",
  },
  "media.stored": {
    wamid: "wamid.HBgLRVhBTVBMRS1JTQA=",
    customer: { phone: "15550142233" },
    message_type: "image",
    mime_type: "image/jpeg",
    bytes: 48213,
    sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  },
  "media.unavailable": {
    wamid: "wamid.HBgLRVhBTVBMRS1JTQA=",
    customer: { phone: "15550142233" },
    message_type: "image",
    reason: "absent",
  },
  "media.deleted": {
    wamid: "wamid.HBgLRVhBTVBMRS1JTQA=",
    customer: { phone: "15550142233" },
    message_type: "image",
    reason: "retention",
  },
  "signup.updated": {
    session_id: "signup_0example",
    kind: "connect",
    external_id: "shop-17",
    state: "confirming",
  },
  "sender.connected": {
    state: "active",
    reason: null,
    words: {
      title: "A sentence for the heading",
      owner: "What the owner can do.",
      partner: "What you can do.",
    },
  },
  "sender.paused": {
    state: "verifying",
    reason: "PARTNER_REMOVED",
    words: {
      title: "A sentence for the heading",
      owner: "What the owner can do.",
      partner: "What you can do.",
    },
  },
  "sender.resumed": {
    state: "active",
    reason: "ACCOUNT_RECONNECTED",
    words: {
      title: "A sentence for the heading",
      owner: "What the owner can do.",
      partner: "What you can do.",
    },
  },
  "sender.disconnected": {
    state: "disconnected",
    reason: "detached",
    words: {
      title: "A sentence for the heading",
      owner: "What the owner can do.",
      partner: "What you can do.",
    },
  },
  "sender.blocked": {
    reason: "payment",
    code: 131042,
    since: "2026-09-14T08:30:00.000Z",
    way_back: "The owner adds a payment method.",
    words: {
      title: "A sentence for the heading",
      owner: "What the owner can do.",
      partner: "What you can do.",
    },
  },
  "sender.unblocked": {
    reason: "payment",
    code: 131042,
    since: "2026-09-14T08:30:00.000Z",
    words: {
      title: "A sentence for the heading",
      owner: "What the owner can do.",
      partner: "What you can do.",
    },
  },
  "sender.inactive_soon": {
    last_sign_at: "2026-09-01T10:00:00.000Z",
    ends_at: "2026-09-15T10:00:00.000Z",
    words: {
      title: "A sentence for the heading",
      owner: "What the owner can do.",
      partner: "What you can do.",
    },
  },
  "sender.token_expiring": {
    expires_at: "2026-09-28T00:00:00.000Z",
    days_left: 14,
    words: {
      title: "A sentence for the heading",
      owner: "What the owner can do.",
      partner: "What you can do.",
    },
  },
  "send.settled": {
    id: "send_0example",
    outcome: "accepted",
    wamid: "wamid.HBgLRVhBTVBMRS1PVQA=",
    customer: { phone: "15550142233" },
    biz_opaque_callback_data: "order-1042",
  },
  "conversion.detected": {
    customer: { phone: "15550142233" },
    wamid: "wamid.HBgLRVhBTVBMRS1JTgA=",
    name: "Purchase",
    ctwa_clid: "example-click-id",
    currency: "EUR",
    value: 49.9,
  },
  "account.notice": {
    field: "message_template_quality_update",
    known: true,
    about: { kind: "template", id: "900100200300400" },
    template: { id: "900100200300400", name: "order_ready", language: "en_US" },
    from: "GREEN",
    to: "YELLOW",
    value: { previous_quality_score: "GREEN", new_quality_score: "YELLOW" },
    words: {
      title: "A sentence for the heading",
      owner: "What the owner can do.",
      partner: "What you can do.",
    },
  },
  "endpoint.disabled": {
    endpoint_id: "endpoint_0example",
    reason: "failing",
    failing_since: "2026-09-09T08:30:00.000Z",
  },
  "endpoint.test": { endpoint_id: "endpoint_0example", message: "This is a test." },
};
