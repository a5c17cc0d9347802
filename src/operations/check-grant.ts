import { listSenders } from "../database/senders.ts";
import { AppError } from "../errors.ts";
import type { ApiKey, KeyGrant, Scope } from "../database/api-keys.ts";
import type { Services } from "../services.ts";

/**
 * Holds what is granted to what the granting key has itself, and to numbers of the partner.
 *
 * @param by the key that grants; null for an operator, who may grant everything
 * @throws AppError naming the field that goes beyond
 */
export async function checkGrant(
  services: Services,
  partner: string,
  grant: Partial<KeyGrant>,
  by: ApiKey | null,
): Promise<void> {
  const { scopes, senders, expiresAt } = grant;
  if (typeof expiresAt === "number" && expiresAt <= services.now()) {
    throw refuse("expires_at", "lies in the past; to end a key now, delete it");
  }
  if (by !== null && scopes !== undefined) refuseScopesBeyond(scopes, by);
  if (by !== null && expiresAt !== undefined && outlives(expiresAt, by.expiresAt)) {
    throw refuse("expires_at", "lies behind the end of the key that you are calling with");
  }
  if (senders !== undefined && senders !== null) {
    const own = new Set((await listSenders(services.registry, partner)).map(idOf));
    const alien = senders.find((id) => !own.has(id));
    if (alien !== undefined) throw refuse("senders", `there is no sender ${alien} of this partner`);
  }
}

/** @throws AppError where a key gives away, or gets hold of, more than it has */
export function refuseScopesBeyond(scopes: readonly Scope[], by: ApiKey): void {
  const beyond = scopes.filter((scope) => !by.scopes.includes(scope));
  if (beyond.length === 0) return;
  throw new AppError(
    "forbidden",
    `scopes: the key that you are calling with does not have ${beyond.join(", ")} itself.`,
    { field: "scopes", reason: "scope" },
  );
}

/** Whether one end lies behind another; null is never. */
export function outlives(end: number | null, other: number | null): boolean {
  return other !== null && (end === null || end > other);
}

function refuse(field: string, why: string): AppError {
  return new AppError("invalid_request", `${field}: ${why}.`, { field });
}

function idOf({ phoneNumberId }: { phoneNumberId: string }): string {
  return phoneNumberId;
}
