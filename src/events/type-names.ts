/** Every type of event, by name: for filters. What each carries is in ./index.ts, which needs zod. */
export const EVENT_TYPE_NAMES = [
  "message.received",
  "message.echoed",
  "message.edited",
  "message.revoked",
  "message.unsupported",
  "message.status",
  "contact.updated",
  "contact.removed",
  "contacts.imported",
  "customer.changed",
  "history.progress",
  "history.completed",
  "history.incomplete",
  "history.declined",
  "history.stalled",
  "media.stored",
  "media.unavailable",
  "media.deleted",
  "signup.updated",
  "sender.connected",
  "sender.paused",
  "sender.resumed",
  "sender.disconnected",
  "sender.blocked",
  "sender.unblocked",
  "sender.inactive_soon",
  "sender.token_expiring",
  "send.settled",
  "conversion.detected",
  "account.notice",
  "event.erased",
  "customer.erased",
  "sender.erased",
  "endpoint.disabled",
  "endpoint.test",
] as const;

export type EventType = (typeof EVENT_TYPE_NAMES)[number];

const NAMES: ReadonlySet<string> = new Set(EVENT_TYPE_NAMES);

/** Whether there is such a type of event. */
export function isEventType(name: string): name is EventType {
  return NAMES.has(name);
}
