import { AppError } from "../errors.ts";
import type { KeyGrant } from "../database/api-keys.ts";

/** Whether a key can make and end keys: one with `manage`, for the whole partner. */
export function isManager({ scopes, senders }: KeyGrant): boolean {
  return senders === null && scopes.includes("manage");
}

/** A partner whose last such key were gone could not help itself. */
export function lastManager(): AppError {
  return new AppError(
    "conflict",
    "This is the last key with the scope manage for all senders: make another one first.",
    { reason: "last_manage_key" },
  );
}
