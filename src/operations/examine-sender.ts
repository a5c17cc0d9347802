import { findCurrentSender } from "../database/senders.ts";
import { SecretUnopened } from "../lib/seal.ts";
import { finding, fromTick } from "./doctor-findings.ts";
import { openAccess } from "./open-access.ts";
import { proveWebhooks } from "./prove-webhooks.ts";
import type { Sender } from "../database/senders.ts";
import type { Finding } from "./doctor-findings.ts";
import type { Services } from "../services.ts";

const TOKEN_SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"];

/** @returns null where its token does not open with the keys of this deployment */
async function openOwn(services: Services, { partner, phoneNumberId }: Sender) {
  try {
    return await openAccess(services, partner, phoneNumberId, "read");
  } catch (err) {
    if (err instanceof SecretUnopened) return null;
    throw err;
  }
}

/** One number: its state, its token, whether its webhooks reach us, whether Meta lets it send. */
export async function examineSender(services: Services, senderId: string): Promise<Finding[]> {
  const sender = await findCurrentSender(services.registry, senderId);
  if (sender === null) {
    return [
      {
        name: "sender",
        state: "missing",
        detail: "There is no sender with this phone_number_id. Is it connected to this gateway?",
      },
    ];
  }
  const phase = await services.phone(sender.phoneNumberId).phase();
  const state = finding("sender", phase?.phase === "active", {
    ok: "It is active.",
    missing: `It is ${phase?.phase ?? "not configured"}${phase?.reason == null ? "" : ` (${phase.reason})`}.`,
  });
  const access = await openOwn(services, sender);
  if (access === null) {
    const detail = "Its token does not open: see secret:TOKEN_KEYS.";
    return [state, { name: "sender:token", state: "missing", detail }];
  }
  if (access.kind === "refused") return [state];
  const { phoneNumberId, wabaId } = sender;
  const [token, ticks, health] = await Promise.all([
    examineToken(
      services,
      "sender:token",
      access.token,
      TOKEN_SCOPES,
      "Open a signup session of kind reauthorise for its owner.",
    ),
    proveWebhooks(services, { token: access.token, wabaId, phoneNumberId }),
    services.graph.readHealth(access.token, phoneNumberId),
  ]);
  const ofApp = (name: string) => name === "callback" || name.startsWith("field:");
  return [
    state,
    ...token,
    ...ticks
      .filter(({ name }) => !ofApp(name))
      .map((tick) => ({ ...fromTick(tick), name: `sender:${tick.name}` })),
    "failed" in health
      ? {
          name: "sender:health",
          state: "unproven",
          detail: "Meta did not say whether it may send.",
        }
      : finding("sender:health", health.canSend, {
          ok: "Meta lets it send.",
          missing:
            "Meta does not let it send: see health_status of the number in WhatsApp Manager.",
        }),
  ];
}

/** Whether a token is of our app, valid, and may do what it is for (protocol.md 1.5). */
export async function examineToken(
  services: Services,
  name: string,
  token: string,
  scopes: string[],
  todo: string,
): Promise<Finding[]> {
  const debugged = await services.graph.debugToken(token);
  if ("failed" in debugged) {
    return [{ name, state: "unproven", detail: "Meta did not say what the token may do." }];
  }
  const lacking = scopes.filter((scope) => !debugged.scopes.includes(scope));
  const until =
    debugged.expiresAt === null
      ? "does not expire"
      : `expires on ${new Date(debugged.expiresAt).toISOString().slice(0, 10)}`;
  return [
    finding(name, debugged.valid && lacking.length === 0, {
      ok: `The token is valid and ${until}.`,
      missing: debugged.valid
        ? `The token lacks ${lacking.join(", ")}. ${todo}`
        : `The token is not valid for this app. ${todo}`,
    }),
  ];
}
