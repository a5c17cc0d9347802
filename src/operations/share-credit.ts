import { findAllocationOfAccount } from "../database/allocations.ts";
import { moveSession } from "../database/signup-sessions.ts";
import { problem, tell } from "./move-signup.ts";
import type { CreditState, SignupError, SignupSession } from "../database/signup-sessions.ts";
import type { GraphResult } from "../meta/graph-client.ts";
import type { Services } from "../services.ts";

/**
 * Currencies in which a line can be shared, as documented in December 2025 (protocol.md 1.7). Eight
 * more were announced without names, so another one is tried, and Meta's refusal explained.
 */
const DOCUMENTED = ["AUD", "EUR", "GBP", "IDR", "INR", "USD"];

/** Who shares a credit line with its owners; everybody else's owners pay by a method of their own. */
export function isSolutionPartner(services: Pick<Services, "settings">): boolean {
  const { META_SYSTEM_TOKEN: token, META_EXTENDED_CREDIT_ID: credit } = services.settings;
  return token !== undefined && credit !== "";
}

export type CreditOutcome =
  /** A Tech Provider shares nothing. */
  | { kind: "skipped" }
  | { kind: "attached"; allocationConfigId: string }
  | { kind: "problem"; error: SignupError };

/**
 * Shares our credit line with the session's account and attaches it, in the account's currency
 * (protocol.md 1.7). The intent is stored before the call; after an unknown outcome Meta is asked
 * what there is before anything is shared again. Repeatable.
 *
 * @param session being confirmed
 */
export async function shareCredit(
  services: Services,
  session: SignupSession & { wabaId: string },
  token: string,
): Promise<CreditOutcome> {
  const { META_SYSTEM_TOKEN: systemToken, META_EXTENDED_CREDIT_ID: creditId } = services.settings;
  if (systemToken === undefined || creditId === "") return { kind: "skipped" };
  const { credit } = session;
  if (credit?.state === "attached" && credit.allocationConfigId !== null) {
    return { kind: "attached", allocationConfigId: credit.allocationConfigId };
  }
  // Anew: the owner may have set a currency or removed a line since the session read the account.
  const [read, money] = await Promise.all([
    services.graph.readWaba(token, session.wabaId),
    services.graph.setup.readFunding(token, session.wabaId),
  ]);
  const currency = ("account" in read ? read.account : session.account)?.currency ?? null;
  const { ownerId, fundingId } = "failed" in money ? { ownerId: null, fundingId: null } : money;
  if (currency === null) {
    return stopped(
      "currency_missing",
      "The WhatsApp Business account has no currency. Its owner sets it in WhatsApp Manager > Account settings; then confirm again.",
    );
  }
  // The line is the account's: another number of it may have brought it.
  const known = await findAllocationOfAccount(services.registry, session.wabaId);
  if (known !== null) {
    const allocation = await services.graph.setup.readAllocation(systemToken, known);
    const credential = "failed" in allocation ? null : allocation.credentialId;
    if (credential !== null && credential === fundingId) {
      await note(services, session, { state: "attached", currency, allocationConfigId: known });
      return { kind: "attached", allocationConfigId: known };
    }
  }
  const maybeShared = credit?.state === "intended" || credit?.state === "unknown";
  if (maybeShared && ownerId !== null) {
    const found = await services.graph.setup.findAllocation(systemToken, {
      creditId,
      businessId: ownerId,
    });
    if ("failed" in found) return unclear(found.failed);
    if (found.allocationConfigId !== null) {
      return verify(services, session, token, found.allocationConfigId, currency);
    }
  }
  await note(services, session, { state: "intended", currency, allocationConfigId: null });
  const shared = await services.graph.setup.shareCredit(systemToken, {
    creditId,
    wabaId: session.wabaId,
    currency,
  });
  if ("allocationConfigId" in shared) {
    return verify(services, session, token, shared.allocationConfigId, currency);
  }
  const { failed } = shared;
  if (failed.kind !== "error" || failed.status >= 500) {
    await note(services, session, { state: "unknown", currency, allocationConfigId: null });
    return unclear(failed);
  }
  await note(services, session, { state: "refused", currency, allocationConfigId: null });
  return { kind: "problem", error: explain(failed, currency, fundingId) };
}

/** Reads that the line pays for this account: its credential is the account's funding. */
async function verify(
  services: Services,
  session: SignupSession & { wabaId: string },
  token: string,
  allocationConfigId: string,
  currency: string,
): Promise<CreditOutcome> {
  const systemToken = services.settings.META_SYSTEM_TOKEN ?? "";
  const [allocation, money] = await Promise.all([
    services.graph.setup.readAllocation(systemToken, allocationConfigId),
    services.graph.setup.readFunding(token, session.wabaId),
  ]);
  const credential = "failed" in allocation ? null : allocation.credentialId;
  const funding = "failed" in money ? null : money.fundingId;
  if (credential !== null && funding !== null && credential !== funding) {
    await note(services, session, { state: "refused", currency, allocationConfigId });
    return { kind: "problem", error: foreign() };
  }
  // Shared and not readable is shared: the answer of the call itself said so.
  await note(services, session, { state: "attached", currency, allocationConfigId });
  return { kind: "attached", allocationConfigId };
}

async function note(
  services: Services,
  session: SignupSession,
  credit: CreditState,
): Promise<void> {
  await moveSession(services.registry, session.id, ["confirming"], { credit });
}

function explain(failed: GraphResult, currency: string, fundingId: string | null): SignupError {
  if (fundingId !== null) return foreign();
  if (!DOCUMENTED.includes(currency)) {
    return problem(
      "credit",
      "currency_unsupported",
      `Meta did not share our credit line in ${currency} (${tell(failed)}). Known to work: ${DOCUMENTED.join(", ")}. The owner can pay by a method of their own instead.`,
    );
  }
  return problem(
    "credit",
    "credit_refused",
    `Meta did not share our credit line with the account (${tell(failed)}). The operator of this gateway has to look at it.`,
  );
}

function foreign(): SignupError {
  return problem(
    "credit",
    "foreign_credit",
    "Something else pays for this account already, most likely a former provider's credit line. Ask that provider to take it back, or remove it in Meta's Business Settings > Billing & payments; then confirm again.",
  );
}

function unclear(failed: GraphResult): CreditOutcome {
  return stopped(
    "credit_unknown",
    `Nobody can say yet whether our credit line was shared (${tell(failed)}). Confirm again: it is looked up first.`,
  );
}

function stopped(code: SignupError["code"], detail: string): CreditOutcome {
  return { kind: "problem", error: problem("credit", code, detail) };
}
