import type { WebhookTick } from "../database/signup-sessions.ts";
import type { Failed } from "../meta/graph-client.ts";
import type { Services } from "../services.ts";

/** Without these the two syncs, which can be asked for once, would bring us nothing. */
const NEEDED = ["messages", "smb_message_echoes", "smb_app_state_sync", "history"] as const;
/** Without these a connection lives, and we hear of its end late (protocol.md 1.6). */
const USEFUL = [
  "account_update",
  "account_alerts",
  "account_review_update",
  "phone_number_quality_update",
  "message_template_status_update",
  "security",
] as const;

const WHERE_FIELDS = "Tick it in Meta's App Dashboard: WhatsApp > Configuration > Webhook fields.";
/** Ticks that stop the syncs when they are missing. */
const STOPPING = new Set<string>([
  "callback",
  "account",
  "account_override",
  "number_override",
  ...NEEDED.map((field) => `field:${field}`),
]);

/** Where Meta has to deliver. */
export function callbackUrl(services: Pick<Services, "settings">): string {
  return `${services.settings.PUBLIC_URL.replace(/\/+$/, "")}/webhooks/meta`;
}

/**
 * Reads at Meta whether webhooks of an account and number will reach us (protocol.md 1.6): the
 * app's subscription and its fields, the account's subscription, callbacks that override ours.
 * What Meta does not let us read is `unproven`, not `missing`.
 */
export async function proveWebhooks(
  services: Services,
  about: { token: string; wabaId: string; phoneNumberId: string | null },
): Promise<WebhookTick[]> {
  const [app, account, number] = await Promise.all([
    proveApp(services),
    proveAccount(services, about.token, about.wabaId),
    about.phoneNumberId === null ? [] : proveNumber(services, about.token, about.phoneNumberId),
  ]);
  return [...app, ...account, ...number];
}

/** The ticks without which a sync would be fired into the void. */
export function listStopping(ticks: readonly WebhookTick[]): WebhookTick[] {
  return ticks.filter(({ name, state }) => state === "missing" && STOPPING.has(name));
}

/** The app's own part: the same for every account. */
export async function proveApp(services: Services): Promise<WebhookTick[]> {
  const read = await services.graph.setup.readAppSubscription();
  const names = ["callback", ...[...NEEDED, ...USEFUL].map((field) => `field:${field}`)];
  if ("failed" in read) return names.map((name) => unread(name, read));
  const { subscription } = read;
  const ours = callbackUrl(services);
  const isOurs = subscription !== null && subscription.active && subscription.callbackUrl === ours;
  const fields = new Set(subscription?.fields);
  return [
    tick("callback", isOurs, {
      proven: "The app's webhooks come to this gateway.",
      missing:
        subscription === null
          ? `The app has no WhatsApp webhooks. Enter ${ours} in Meta's App Dashboard: WhatsApp > Configuration.`
          : `The app's webhooks go elsewhere. Enter ${ours} in Meta's App Dashboard: WhatsApp > Configuration.`,
    }),
    ...[...NEEDED, ...USEFUL].map((field) =>
      tick(`field:${field}`, fields.has(field), {
        proven: `The field ${field} is ticked.`,
        missing: `The field ${field} is not ticked. ${WHERE_FIELDS}`,
      }),
    ),
  ];
}

async function proveAccount(
  services: Services,
  token: string,
  wabaId: string,
): Promise<WebhookTick[]> {
  const read = await services.graph.setup.readAccountSubscription(token, wabaId);
  if ("failed" in read) return [unread("account", read), unread("account_override", read)];
  return [
    tick("account", read.subscribed, {
      proven: "The account's webhooks come to this app.",
      missing:
        "The account does not list this app among its subscribed ones. Finish the signup anew.",
    }),
    override(services, "account_override", read.override, "account"),
  ];
}

async function proveNumber(
  services: Services,
  token: string,
  phoneNumberId: string,
): Promise<WebhookTick[]> {
  const read = await services.graph.setup.readNumberCallbacks(token, phoneNumberId);
  if ("failed" in read) return [unread("number_override", read)];
  return [override(services, "number_override", read.callbacks.number, "number")];
}

function override(
  services: Services,
  name: string,
  url: string | null,
  of: "account" | "number",
): WebhookTick {
  return tick(name, url === null || url === callbackUrl(services), {
    proven: `No other callback overrides ours for the ${of}.`,
    missing: `Another callback is set for the ${of} and takes its messages. Remove the override (webhook override of the ${of} in Meta's API).`,
  });
}

function tick(
  name: string,
  isProven: boolean,
  detail: { proven: string; missing: string },
): WebhookTick {
  const state = isProven ? "proven" : "missing";
  return { name, state, detail: detail[state] };
}

function unread(name: string, { failed }: Failed): WebhookTick {
  const why = failed.kind === "error" ? `code ${failed.code ?? failed.status}` : "no clear answer";
  return { name, state: "unproven", detail: `Meta did not let us read this (${why}).` };
}
