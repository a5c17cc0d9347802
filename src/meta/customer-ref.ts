import { asBsuid, asObject, asObjects, asPhone, asText } from "./read-json.ts";
import type { Json } from "./read-json.ts";
import type { CustomerRef } from "./facts.ts";

/** A customer from the ids on an item and, where it names the same one, the profile beside it. */
export function readCustomer(
  ids: { phone?: unknown; bsuid?: unknown },
  contacts: unknown,
): CustomerRef | undefined {
  const phone = asPhone(ids.phone);
  const bsuid = asBsuid(ids.bsuid) ?? asBsuid(ids.phone);
  const profile = findProfile(phone, bsuid, asObjects(contacts));
  const found = {
    phone: phone ?? asPhone(profile?.["wa_id"]),
    bsuid: bsuid ?? asBsuid(profile?.["user_id"]),
    name: asText(asObject(profile?.["profile"])?.["name"]),
    username: asText(asObject(profile?.["profile"])?.["username"]),
  };
  if (found.phone === undefined && found.bsuid === undefined) return undefined;
  return dropAbsent(found);
}

/** The contact that carries one of the ids; without any id, the only contact there is. */
function findProfile(
  phone: string | undefined,
  bsuid: string | undefined,
  profiles: Json[],
): Json | undefined {
  if (phone === undefined && bsuid === undefined) {
    return profiles.length === 1 ? profiles[0] : undefined;
  }
  return profiles.find(
    (profile) =>
      (bsuid !== undefined && profile["user_id"] === bsuid) ||
      (phone !== undefined && asPhone(profile["wa_id"]) === phone),
  );
}

/** The object without its undefined members, so that it looks the same after JSON. */
export function dropAbsent<T extends object>(value: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}
