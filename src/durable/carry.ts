import { tokenBinding } from "../lib/seal.ts";
import type { OutboxRow } from "./outbox.ts";
import type { Carry, Credentials } from "./send-types.ts";
import type { SenderConfig } from "./sender-state.ts";

/** What whoever carries this send needs; its place is at `at`. */
export function carryOf(row: OutboxRow, at: number, config: SenderConfig, now: number): Carry {
  return {
    send: row.id,
    placeAt: at,
    waitMs: Math.max(0, at - now),
    requestId: row.requestId,
    waitedMs: Math.max(0, at - row.admittedAt),
    // On the wire the callback is our id; the partner's own is put back in every status.
    body: { ...row.body, biz_opaque_callback_data: row.id },
    ...credentialsOf(config),
  };
}

/** @throws Error for a disconnected number, which callers have refused before */
export function credentialsOf(config: SenderConfig): Credentials {
  if (config.token === null) throw new Error("A disconnected number has no token.");
  return {
    phoneNumberId: config.phoneNumberId,
    token: config.token,
    tokenBoundTo: tokenBinding(config.partner, config.phoneNumberId),
  };
}
