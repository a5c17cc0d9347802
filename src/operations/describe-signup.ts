import { readLedger } from "../database/history.ts";
import { findPartner } from "../database/partners.ts";
import { countContacts } from "../database/read-contacts.ts";
import { findHeldSender } from "../database/senders.ts";
import { findSync } from "../database/syncs.ts";
import { zonesOf } from "../lib/country-zones.ts";
import { hasZone, idOfZone, zoneOfId } from "../meta/timezone-ids.ts";
import { DAY_MS } from "./advance-signup.ts";
import { countryOf } from "./check-number.ts";
import { isSolutionPartner } from "./share-credit.ts";
import { weighLedger } from "./weigh-ledger.ts";
import type { Candidate, SignupSession, WebhookTick } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/** What the owner's page shows: no token, nothing of another partner. */
export interface SignupPage {
  state:
    | "open"
    | "exchanging"
    | "waiting"
    | "awaiting_confirmation"
    | "confirming"
    | "finished"
    | "failed"
    | "expired";
  kind: "connect" | "reauthorise";
  partner: { name: string; logoUrl: string | null };
  returnUrl: string | null;
  /** As entered or asked for, E.164. */
  number: string | null;
  account: {
    name: string | null;
    currency: string | null;
    /** IANA; Meta's own number where we do not know which zone it means. */
    timezone: string | null;
    /** Two letters. */
    country: string | null;
    /** IANA zones to choose from, the likeliest first. */
    zones: string[];
    /** Whether we can try to set the first of them at Meta; else the owner sets it there. */
    zoneCanBeWritten: boolean;
  } | null;
  candidates: Candidate[];
  /** End of the 24 h for the syncs, epoch ms. */
  deadlineAt: number | null;
  webhooks: WebhookTick[];
  problem: { step: string; code: string; detail: string } | null;
  /** Who pays Meta: the partner's credit line, or the owner with a method of their own. */
  payment: "partner" | "owner";
  sync: {
    contacts: { state: string; count: number | null } | null;
    history: { state: string; progress: number; storedPercent: number | null } | null;
  } | null;
}

/**
 * Everything the owner's page shows of a session. Links lie about in chats and histories: once its
 * time is over, one tells no more than how it ended.
 */
export async function describeSignup(
  services: Services,
  stored: SignupSession,
): Promise<SignupPage> {
  const session = isOver(stored, services.now()) ? withoutAccount(stored) : stored;
  const partner = await findPartner(services.registry, session.partner);
  const { onboardedAt } = session;
  return {
    state: stateOf(session, services.now()),
    kind: session.kind,
    partner: { name: partner?.name ?? "", logoUrl: partner?.logoUrl ?? null },
    returnUrl: session.returnUrl,
    number: session.phoneNumber,
    account: describeAccount(session),
    candidates: session.candidates ?? [],
    deadlineAt:
      session.kind === "reauthorise" || onboardedAt === null ? null : onboardedAt + DAY_MS,
    webhooks: session.proof ?? [],
    problem: session.error,
    payment: isSolutionPartner(services) ? "partner" : "owner",
    sync: await describeSync(services, session),
  };
}

function isOver({ state, expiresAt }: SignupSession, now: number): boolean {
  return state === "cancelled" || expiresAt < now;
}

function withoutAccount(session: SignupSession): SignupSession {
  const nothing = { phoneNumber: null, phoneNumberId: null, account: null, candidates: null };
  return { ...session, ...nothing, onboardedAt: null, proof: null };
}

function stateOf(session: SignupSession, now: number): SignupPage["state"] {
  if (session.state === "cancelled") return "expired";
  return isOver(session, now) && session.state !== "finished" ? "expired" : session.state;
}

function describeAccount(session: SignupSession): SignupPage["account"] {
  const { account } = session;
  if (account === null) return null;
  // Meta's words as they came: Intl throws at what is no country or zone, and the page with it.
  const named = account.country?.toUpperCase() ?? "";
  const country = /^[A-Z]{2}$/.test(named) ? named : countryOf(numberOf(session));
  const timezone = hasZone(account.timezoneId)
    ? (zoneOfId(account.timezoneId) ?? /^\d+$/.exec(account.timezoneId ?? "")?.[0] ?? null)
    : null;
  const known = timezone !== null && timezone.includes("/") ? [timezone] : [];
  const zones = [...new Set([...known, ...zonesOf(country)])];
  const [first] = zones;
  return {
    name: account.name,
    currency: account.currency,
    timezone,
    country,
    zones,
    zoneCanBeWritten:
      account.zoneRefused === undefined && first !== undefined && idOfZone(first) !== null,
  };
}

function numberOf(session: SignupSession): string {
  const picked = session.candidates?.find(
    ({ phoneNumberId }) => phoneNumberId === session.phoneNumberId,
  );
  return (picked ?? session.candidates?.[0])?.displayPhoneNumber ?? session.phoneNumber ?? "";
}

/** How contacts and history come along, once there is a sender whose they are. */
async function describeSync(
  services: Services,
  session: SignupSession,
): Promise<SignupPage["sync"]> {
  const isConfirmed = session.state === "confirming" || session.state === "finished";
  if (session.kind !== "connect" || !isConfirmed || session.phoneNumberId === null) return null;
  const sender = await findHeldSender(services.registry, session.partner, session.phoneNumberId);
  const generation = session.onboardedAt;
  if (sender === null || generation === null) return null;
  const database = services.shard(sender.shard);
  const [contacts, history, ledger, count] = await Promise.all([
    findSync(database, sender.key, generation, "contacts"),
    findSync(database, sender.key, generation, "history"),
    readLedger(database, sender.key, generation),
    countContacts(database, sender.key),
  ]);
  const { phases, state } = weighLedger(history, ledger, services.now());
  const pages = phases.reduce((sum, phase) => sum + phase.pages, 0);
  const stored = phases.reduce((sum, phase) => sum + phase.pages_stored, 0);
  const told = phases.reduce((sum, phase) => sum + Math.min(100, phase.progress), 0);
  return {
    contacts: contacts === null ? null : { state: contacts.state, count },
    history:
      history === null
        ? null
        : {
            state,
            // Meta counts up to 100 in each of three phases (protocol.md 2.3).
            progress: state === "complete" ? 100 : Math.min(99, Math.floor(told / 3)),
            storedPercent: pages === 0 ? null : Math.floor((stored / pages) * 100),
          },
  };
}
