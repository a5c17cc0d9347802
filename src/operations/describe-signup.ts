import { drizzle } from "drizzle-orm/d1";
import { eq } from "drizzle-orm";
import { partners } from "../database/schema.ts";
import { findSender } from "../database/senders.ts";
import { findSync } from "../database/syncs.ts";
import type { SignupSession, SignupState } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

export interface SignupPage {
  state: SignupState | "expired";
  kind: "connect" | "reauthorise";
  partner: { name: string; logoUrl: string | null };
  returnUrl: string | null;
  number: string | null;
  account: {
    name: string | null;
    currency: string | null;
    timezone: string | null;
    country: string | null;
    zones: string[];
    zoneCanBeWritten: boolean;
  } | null;
  candidates: { phoneNumberId: string; displayPhoneNumber: string; verifiedName: string | null }[];
  deadlineAt: number | null;
  webhooks: { name: string; state: "proven" | "missing" | "unproven"; detail: string }[];
  problem: { step: string; code: string; detail: string } | null;
  sync: {
    contacts: { state: string; count: number | null } | null;
    history: { state: string; progress: number; storedPercent: number | null } | null;
  } | null;
}

/** Everything that the owner's page shows of a session. */
export async function describeSignup(
  services: Services,
  session: SignupSession,
): Promise<SignupPage> {
  const [partner] = await drizzle(services.registry)
    .select({ name: partners.name })
    .from(partners)
    .where(eq(partners.id, session.partner));
  const { account, error } = session;
  const country = account?.country ?? null;
  return {
    state:
      session.expiresAt < services.now() && session.state !== "finished"
        ? "expired"
        : session.state,
    kind: session.kind,
    partner: { name: partner?.name ?? "", logoUrl: null },
    returnUrl: session.returnUrl,
    number: session.phoneNumber,
    account:
      account === null
        ? null
        : {
            name: account.name,
            currency: account.currency,
            timezone: null,
            country,
            zones: country === null ? [] : zonesOf(country),
            zoneCanBeWritten: true,
          },
    candidates: session.candidates ?? [],
    deadlineAt: session.onboardedAt === null ? null : session.onboardedAt + 86_400_000,
    webhooks: [],
    problem: error === null ? null : { code: "other", ...error },
    sync: session.state === "finished" ? await readSyncs(services, session) : null,
  };
}

function zonesOf(country: string): string[] {
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & {
    getTimeZones?: () => string[];
  };
  return locale.getTimeZones?.() ?? [];
}

async function readSyncs(services: Services, session: SignupSession): Promise<SignupPage["sync"]> {
  const sender = await findSender(services.registry, session.partner, session.phoneNumberId ?? "");
  if (sender === null) return null;
  const shard = services.shard(sender.shard);
  const [contacts, history] = await Promise.all([
    findSync(shard, sender.key, sender.generation, "contacts"),
    findSync(shard, sender.key, sender.generation, "history"),
  ]);
  return {
    contacts: contacts === null ? null : { state: contacts.state, count: null },
    history: history === null ? null : { state: history.state, progress: 0, storedPercent: null },
  };
}
