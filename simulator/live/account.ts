import type { Business } from "../businesses.ts";
import { postWebhook } from "../webhooks/post-webhook.ts";
import type { World } from "../world.ts";
import type { AccountUpdate, BlockSends, RemovePartner } from "./inputs.ts";
import { accountUpdateSchema, blockSendsSchema, removePartnerSchema } from "./inputs.ts";

/**
 * Tells of a change of the account (protocol.md 2.8), and makes the change where it is one:
 * ACCOUNT_OFFBOARDED and ACCOUNT_RECONNECTED pause and resume sends, DISABLED_UPDATE disables or
 * reinstates, PARTNER_REMOVED ends all access before its webhook leaves.
 */
export function accountUpdate(world: World, business: Business, input: AccountUpdate): void {
  const { event, extra = {}, saidAtMs, isLate } = accountUpdateSchema.parse(input);
  if (!isLate) change(business, event, extra);
  tell(world, business, event, extra, saidAtMs);
}

function change(business: Business, event: string, extra: Record<string, unknown>): void {
  if (event === "ACCOUNT_OFFBOARDED") business.isOffboarded = true;
  if (event === "ACCOUNT_RECONNECTED") business.isOffboarded = false;
  if (event === "DISABLED_UPDATE") {
    const ban = extra.ban_info as { waba_ban_state?: unknown } | undefined;
    if (ban?.waba_ban_state === "DISABLE") business.isDisabled = true;
    if (ban?.waba_ban_state === "REINSTATE") business.isDisabled = false;
  }
  if (event === "PARTNER_REMOVED") endAccess(business);
}

/** The partner sees nothing of the business any more: reading it gives 100/33. */
export function endAccess(business: Business): void {
  business.isShared = false;
  business.isSubscribed = false;
  delete business.wabaOverride;
  delete business.phoneOverride;
}

function tell(
  world: World,
  business: Business,
  event: string,
  extra: Record<string, unknown>,
  saidAtMs = world.clock.now(),
): void {
  const isPartnerMatter = event.startsWith("PARTNER_");
  const wabaInfo = { waba_id: business.wabaId, owner_business_id: business.portfolioId };
  postWebhook(world, {
    business,
    field: "account_update",
    // Whoever keys these by entry.id finds the partner's own portfolio there (protocol.md 2.2).
    ...(isPartnerMatter ? { entryId: world.settings.partnerPortfolioId } : {}),
    entryTime: Math.floor(saidAtMs / 1000),
    value: { event, ...(isPartnerMatter ? { waba_info: wabaInfo } : {}), ...extra },
    isPartnerMatter,
  });
}

/**
 * PARTNER_REMOVED. With `really` the access ends before the webhook leaves: reading the WABA gives
 * 100/33 from then on. Without it another partner is meant and nothing changes (protocol.md 6, row 23).
 */
export function removePartner(world: World, business: Business, input: RemovePartner = {}): void {
  const given = removePartnerSchema.parse(input);
  if (given.really) endAccess(business);
  const info = {
    ...(given.reason === undefined ? {} : { reason: given.reason }),
    ...(given.initiatedBy === undefined ? {} : { initiated_by: given.initiatedBy }),
  };
  const extra = {
    phone_number: business.displayPhoneNumber,
    ...(Object.keys(info).length > 0 ? { disconnection_info: info } : {}),
  };
  tell(world, business, "PARTNER_REMOVED", extra, given.saidAtMs);
}

/** Refuses every send of a business with one code, as for a payment problem; null ends it. */
export function blockSends(_world: World, business: Business, input: BlockSends): void {
  business.blockedBy = blockSendsSchema.parse(input).code;
}
