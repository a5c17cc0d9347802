import { EVENT_VERSION } from "./partner-event.ts";
import type { StoredEvent } from "../database/read-events.ts";
import type { PartnerEvent } from "./partner-event.ts";

export function viewEvent(row: StoredEvent): PartnerEvent {
  return {
    id: row.id,
    type: row.type,
    version: EVENT_VERSION,
    sender_id: row.senderId === "" ? null : row.senderId,
    seq: row.seq,
    at: new Date(row.at).toISOString(),
    data: JSON.parse(row.data) as unknown,
  };
}
