import { blankSender } from "../database/erase-sender-rows.ts";
import { insertErasure } from "../database/erasures.ts";
import { isMoving } from "../database/moves.ts";
import { AppError } from "../errors.ts";
import { newId } from "../lib/ids.ts";
import type { Erasure } from "../database/erasures.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/**
 * Notes that a sender is to be erased with everything of it. From here on it is gone for its partner,
 * and whoever connects the number begins with nothing; the rest happens by itself (run-erasure.ts).
 *
 * @param confirm the phone_number_id once more, so that nobody erases the wrong one
 * @param askedBy "partner", or the operator's name
 * @throws AppError conflict while it is connected, invalid_request without the confirmation
 */
export async function eraseSender(
  services: Services,
  sender: Sender,
  confirm: string | undefined,
  askedBy: string,
): Promise<Erasure> {
  if (confirm !== sender.phoneNumberId) {
    throw new AppError(
      "invalid_request",
      "confirm: repeat the phone_number_id here, since this cannot be undone.",
      { field: "confirm" },
    );
  }
  if (sender.state !== "disconnected") {
    throw new AppError(
      "conflict",
      `The number is ${sender.state}: detach it first (POST /v1/senders/{id}/detach), then erase it.`,
      { reason: "connected" },
    );
  }
  // Its move must still find the object by the number, or the object's flush would stay paused.
  if (await isMoving(services.registry, sender.key)) throw onTheMove();
  const now = services.now();
  const erasure: Erasure = {
    id: newId("erasure"),
    partner: sender.partner,
    sender: sender.key,
    senderId: sender.phoneNumberId,
    kind: "sender",
    askedBy,
    names: null,
    digests: null,
    until: now,
    state: "running",
    step: "object",
    place: null,
    waitsFor: null,
    counts: {},
    attempts: 0,
    createdAt: now,
    endedAt: null,
  };
  // First the order: what is blanked and then forgotten would never be erased.
  await insertErasure(services.registry, erasure);
  await blankSender(services.registry, sender.key, now);
  return erasure;
}

/** What is refused while a sender moves to another shard. */
export function onTheMove(): AppError {
  return new AppError(
    "unavailable",
    "The number is being moved to another database; reading and sending go on. Try again in a few minutes.",
    { retryAfterS: 60, reason: "moving" },
  );
}
