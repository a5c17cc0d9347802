import * as z from "zod";
import { SCOPES } from "../database/api-keys.ts";
import { iso } from "./views.ts";
import type { ApiKey, KeyChange } from "../database/api-keys.ts";

const HOUR_MS = 3_600_000;
const name = z.string().trim().min(1).max(200);
const grant = {
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .transform((scopes) => [...new Set(scopes)]),
  senders: z
    .array(z.string().trim().min(1).max(200))
    .min(1)
    .max(1_000)
    .transform((senders) => [...new Set(senders)])
    .nullable(),
  expires_at: z.iso.datetime({ offset: true }).nullable(),
};

export const keyBody = z.strictObject({
  name,
  scopes: grant.scopes,
  senders: grant.senders.default(null),
  expires_at: grant.expires_at.optional(),
});
/** Operators may leave everything out. */
export const adminKeyBody = z.strictObject({ name, ...grant }).partial();
export const keyChangeBody = z
  .strictObject({ name, ...grant })
  .partial()
  .refine((change) => Object.keys(change).length > 0, "names nothing to change");
export const rotationBody = z
  .strictObject({ overlap_hours: z.number().min(0).max(168).default(24) })
  .transform(({ overlap_hours: hours }) => ({ overlapMs: Math.round(hours * HOUR_MS) }));

/** What a body says of a key, in our words; what it leaves out stays out. */
export function readKeyChange(body: z.infer<typeof adminKeyBody>): KeyChange {
  const { name, scopes, senders, expires_at: end } = body;
  return {
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(senders === undefined ? {} : { senders }),
    ...(end === undefined ? {} : { expiresAt: end === null ? null : Date.parse(end) }),
  };
}

/** A key as it is shown: never its secret. */
export function viewKey(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    begins_with: `tdm_${key.id}_`,
    scopes: key.scopes,
    senders: key.senders,
    created_at: iso(key.createdAt),
    expires_at: iso(key.expiresAt),
    last_used_at: iso(key.lastUsedAt),
    previous_secret_until: iso(key.previousUntil),
    revoked_at: iso(key.revokedAt),
  };
}
