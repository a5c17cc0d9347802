import { moveSession } from "../database/signup-sessions.ts";
import { hasZone, idOfZone } from "../meta/timezone-ids.ts";
import type { SignupAccount, SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/**
 * Sets the chosen zone at Meta where the account has none: sends are refused without (protocol.md
 * 1.7, 131042). Meta does not document that it takes one, so a refusal is no failure: it is kept,
 * and the owner sets the zone in WhatsApp Manager. Repeatable.
 *
 * @param zone IANA
 * @returns whether the account has a zone now
 */
export async function settleTimezone(
  services: Services,
  session: Pick<SignupSession, "id" | "state" | "wabaId" | "account">,
  token: string,
  zone: string,
): Promise<boolean> {
  const { wabaId } = session;
  if (wabaId === null) return false;
  const before = await readZone(services, token, wabaId);
  if (before === null) return false;
  if (hasZone(before.timezoneId)) {
    // Set by the owner since the session read it.
    if (session.account?.timezoneId !== before.timezoneId) await keep(services, session, before);
    return true;
  }
  const id = idOfZone(zone);
  if (id === null || session.account?.zoneRefused === zone) return false;
  const written = await services.graph.setup.writeTimezone(token, wabaId, id);
  // Its "success" is not believed: what counts is what is there now.
  const after = written.kind === "ok" ? await readZone(services, token, wabaId) : before;
  const isSet = after !== null && hasZone(after.timezoneId);
  await keep(services, session, { ...(after ?? before), ...(isSet ? {} : { zoneRefused: zone }) });
  return isSet;
}

async function keep(
  services: Services,
  session: Pick<SignupSession, "id" | "state">,
  account: SignupAccount,
): Promise<void> {
  await moveSession(services.registry, session.id, [session.state], { account });
}

async function readZone(services: Services, token: string, wabaId: string) {
  const result = await services.graph.readWaba(token, wabaId);
  return "account" in result ? result.account : null;
}
