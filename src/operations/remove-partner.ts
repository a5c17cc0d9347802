import { listEndpoints } from "../database/endpoints.ts";
import { findPartner } from "../database/partners.ts";
import {
  countKeptSenders,
  deletePartner,
  listSignupsUnderWay,
} from "../database/remove-partner.ts";
import { findSession } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { forgetKey } from "./admit-key.ts";
import { cancelSignup } from "./cancel-signup.ts";
import { noPartner } from "./change-partner.ts";
import { doNoted } from "./note-audit.ts";
import { settleEndpoint } from "./settle-endpoint.ts";
import type { Services } from "../services.ts";

/** Each is a call to Meta; more of them take another call. */
const SIGNUPS_AT_ONCE = 20;

/**
 * Removes a partner that has left: its signups under way are ended at Meta, then it is gone with its
 * keys, its signups and its endpoints. Its numbers have to be erased before, so that nothing of
 * anybody's stays behind that nobody could ask for; their usage and the audit are kept. Repeatable:
 * an endpoint's object that did not answer is emptied by the sweep.
 *
 * @param confirm the partner's id once more, so that nobody removes the wrong one
 * @param by who asks, and why
 * @throws AppError not_found; invalid_request without the confirmation; conflict while a number of it
 *   is not erased, or one is being connected
 */
export async function removePartner(
  services: Services,
  id: string,
  confirm: string | undefined,
  by: { operator: string; reason: string },
): Promise<void> {
  const partner = await findPartner(services.registry, id);
  if (partner === null) throw noPartner();
  // Its name is known nowhere else afterwards.
  const detail = `${partner.name.slice(0, 80)}: ${by.reason}`;
  const entry = { operator: by.operator, action: "partner.remove", partner: id, detail } as const;
  await doNoted(services, entry, async () => {
    if (confirm !== id) {
      throw new AppError(
        "invalid_request",
        "confirm: repeat the partner's id here, since this cannot be undone.",
        { field: "confirm" },
      );
    }
    await refuseWithSenders(services, id);
    await endSignups(services, id);
    // Before its row goes: afterwards they are the sweep's.
    const endpoints = await listEndpoints(services.registry, id);
    const gone = await deletePartner(services.registry, id, services.now());
    if (gone === null) {
      await refuseWithSenders(services, id);
      throw beingConnected();
    }
    for (const key of gone.keys) forgetKey(services, key);
    services.forgetEndpoints(id);
    for (const endpoint of endpoints) await settleEndpoint(services, endpoint.id);
  });
}

async function refuseWithSenders({ registry }: Services, partner: string): Promise<void> {
  const { connected, givenUp } = await countKeptSenders(registry, partner);
  if (connected + givenUp === 0) return;
  throw new AppError(
    "conflict",
    `It has ${connected} connected and ${givenUp} disconnected numbers. Detach those, erase all; then remove it.`,
    { reason: "senders" },
  );
}

async function endSignups(services: Services, partner: string): Promise<void> {
  const { registry } = services;
  for (const id of await listSignupsUnderWay(registry, partner, SIGNUPS_AT_ONCE)) {
    const session = await findSession(registry, id, partner);
    if (session === null) continue;
    if (session.state === "confirming") throw beingConnected();
    await cancelSignup(services, session);
  }
}

function beingConnected(): AppError {
  return new AppError("conflict", "Signups of it are under way. Try again in a minute.", {
    reason: "signups",
  });
}
