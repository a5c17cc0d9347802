/** An event as partners get it, by cursor or by post. */
export interface PartnerEvent {
  id: string;
  type: string;
  /** Of the shape of this type's data: fields are added within one, never changed or taken away. */
  version: number;
  /** null for what concerns the partner itself. */
  sender_id: string | null;
  seq: number;
  at: string;
  data: unknown;
}

/** Of every type so far. */
export const EVENT_VERSION = 1;
