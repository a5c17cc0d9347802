import * as z from "zod";
import type { PartnerProfile } from "../database/partners.ts";

const name = z.string().trim().min(1).max(200);
/** null: until they are deleted. */
const retention = z.number().int().min(1).max(3_650).nullable();
/** Not under 30: Meta repeats webhooks for days, and a message that is there is told once. */
const messageRetention = z.number().int().min(30).max(3_650).nullable();
/** Owners' browsers load it. */
const logo = z
  .url({ protocol: /^https$/ })
  .max(1_000)
  .nullable();

export const partnerBody = z.strictObject({
  name,
  logo_url: logo.default(null),
  media_retention_days: retention.default(null),
  message_retention_days: messageRetention.default(null),
});
export const partnerChange = z
  .strictObject({
    name,
    logo_url: logo,
    media_retention_days: retention,
    message_retention_days: messageRetention,
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, "names nothing to change");

/** What a body says of a partner, in our words; what it leaves out stays out. */
export function readPartnerChange(
  body: z.infer<typeof partnerChange>,
): Partial<Omit<PartnerProfile, "id">> {
  const { name: called, logo_url: logoUrl } = body;
  const { media_retention_days: mediaDays, message_retention_days: messageDays } = body;
  return {
    ...(called === undefined ? {} : { name: called }),
    ...(logoUrl === undefined ? {} : { logoUrl }),
    ...(mediaDays === undefined ? {} : { mediaRetentionDays: mediaDays }),
    ...(messageDays === undefined ? {} : { messageRetentionDays: messageDays }),
  };
}
