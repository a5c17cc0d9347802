import { readMark } from "../database/marks.ts";
import { findCurrentSender } from "../database/senders.ts";
import { countOnboarded } from "../database/signup-sessions.ts";
import { SHARDS } from "../database/shards.ts";
import { errorKind } from "../lib/log.ts";
import { callbackUrl, proveApp, proveWebhooks } from "./prove-webhooks.ts";
import { openAccess } from "./open-access.ts";
import type { WebhookTick } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/** One thing that has to be in order; `unproven` is what could not be looked at. */
export interface Finding {
  name: string;
  state: "ok" | "missing" | "unproven";
  /** What is so, and for what is missing what to do. */
  detail: string;
}

/** Left by every run of the sweeps, at most so often: a mark is a billed row. */
export const SWEPT_MARK = "sweeps.ran";
export const SWEPT_EVERY_MS = 5 * 60_000;
const WEEK_MS = 7 * 24 * 3_600_000;
/** Onboardings in seven days: by default, and after all of Meta's verifications (protocol.md 1.10). */
const QUOTA = { small: 10, large: 200 };
const SYSTEM_SCOPES = ["business_management", "whatsapp_business_management"];
const TOKEN_SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"];

/**
 * Looks at everything that has to be in order for numbers to be connected and served.
 *
 * @param senderId a number to look at too, by Meta's phone_number_id
 */
export async function examineGateway(services: Services, senderId?: string): Promise<Finding[]> {
  const parts = await Promise.all([
    examineSettings(services),
    examineStores(services),
    examineSweeps(services),
    proveApp(services).then((ticks) => ticks.map(fromTick)),
    examineCallback(services),
    examineSystemToken(services),
    examineQuota(services),
    senderId === undefined ? [] : examineSender(services, senderId),
  ]);
  return parts.flat();
}

/** What is malformed refuses to serve (env.ts); here is what serves and yet cannot be right. */
function examineSettings({ settings }: Services): Finding[] {
  // A Meta on this machine (the simulator) delivers to http too.
  const isMeta = new URL(settings.GRAPH_URL).hostname.endsWith("facebook.com");
  const isPublic = settings.PUBLIC_URL.startsWith("https://") || !isMeta;
  const hasSystem = settings.META_SYSTEM_TOKEN !== undefined;
  const hasLine = settings.META_EXTENDED_CREDIT_ID !== "";
  return [
    finding("setting:PUBLIC_URL", isPublic, {
      ok: "PUBLIC_URL is an address that Meta delivers to.",
      missing:
        "PUBLIC_URL is no https address: Meta delivers to nothing else. Set it in wrangler.toml.",
    }),
    finding("setting:META_APP_ID", /^\d{5,}$/.test(settings.META_APP_ID), {
      ok: "META_APP_ID is set.",
      missing: "META_APP_ID is no app id. Copy it from Meta's App Dashboard into wrangler.toml.",
    }),
    finding("setting:META_CONFIG_ID", /^\d{5,}$/.test(settings.META_CONFIG_ID), {
      ok: "META_CONFIG_ID is set.",
      missing:
        "META_CONFIG_ID is not set: nobody can sign up. Make a Facebook Login for Business configuration (WhatsApp Embedded Signup) and set its id in wrangler.toml.",
    }),
    finding("setting:META_BUSINESS_ID", /^\d{5,}$/.test(settings.META_BUSINESS_ID), {
      ok: "META_BUSINESS_ID is set.",
      missing:
        "META_BUSINESS_ID is not set: word of Meta about other partners cannot be told from ours. Set your portfolio's id in wrangler.toml.",
    }),
    finding("setting:credit_line", hasSystem || !hasLine, {
      ok: hasLine
        ? "A credit line is set, and the system token that shares it."
        : "No credit line is set: owners pay Meta by a method of their own.",
      missing:
        "META_EXTENDED_CREDIT_ID is set without META_SYSTEM_TOKEN: no line is shared. Set the secret, or clear the var.",
    }),
  ];
}

async function examineStores(services: Services): Promise<Finding[]> {
  const shards = SHARDS.map((name) =>
    answers(
      `database:${name}`,
      async () => {
        await services.shard(name).prepare(`SELECT seq FROM heads LIMIT 1`).all();
      },
      "Check the binding, and apply the migrations: npx wrangler d1 migrations apply.",
    ),
  );
  return Promise.all([
    ...shards,
    answers(
      "archive",
      async () => {
        await services.archive.head("doctor");
      },
      "Check the R2 binding ARCHIVE and its bucket.",
    ),
    answers(
      "queue",
      // Points at nothing: its consumer finds that and is done.
      () => services.queues.overflow.send({ key: "overflow/doctor" }),
      "Check the queues: npx wrangler queues list.",
    ),
  ]);
}

async function answers(name: string, ask: () => Promise<unknown>, todo: string): Promise<Finding> {
  try {
    await ask();
    return { name, state: "ok", detail: "It answers." };
  } catch (err) {
    return { name, state: "missing", detail: `It does not answer (${errorKind(err)}). ${todo}` };
  }
}

async function examineSweeps(services: Services): Promise<Finding[]> {
  try {
    const at = Number((await readMark(services.registry, SWEPT_MARK)) ?? 0);
    const minutes = Math.round((services.now() - at) / 60_000);
    return [
      finding("sweeps", services.now() - at < 3 * SWEPT_EVERY_MS, {
        ok: `The sweeps ran at most ${minutes} min ago.`,
        missing: `The sweeps ${at === 0 ? "never ran" : `ran ${minutes} min ago last`}. Check the cron trigger of the Worker ([triggers] in wrangler.toml).`,
      }),
    ];
  } catch {
    return [{ name: "sweeps", state: "unproven", detail: "The registry did not answer." }];
  }
}

/** Asks our own door what Meta asks it (protocol.md 2.1), from outside as far as the platform lets us. */
async function examineCallback(services: Services): Promise<Finding[]> {
  const name = "verify_token";
  const challenge = "1158201444";
  const url = new URL(callbackUrl(services));
  url.searchParams.set("hub.mode", "subscribe");
  url.searchParams.set("hub.verify_token", services.settings.META_VERIFY_TOKEN);
  url.searchParams.set("hub.challenge", challenge);
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(10_000) });
    const isRight = response.status === 200 && (await response.text()) === challenge;
    return [
      finding(name, isRight, {
        ok: "The callback answers Meta's verification.",
        missing: `The callback answered the verification with ${response.status}. Does PUBLIC_URL lead to this Worker, with the same META_VERIFY_TOKEN?`,
      }),
    ];
  } catch (err) {
    return [
      {
        name,
        state: "unproven",
        detail: `We could not reach our own address from here (${errorKind(err)}). Open it from elsewhere: ${callbackUrl(services)}`,
      },
    ];
  }
}

async function examineSystemToken(services: Services): Promise<Finding[]> {
  const token = services.settings.META_SYSTEM_TOKEN;
  if (token === undefined) return [];
  return examineToken(
    services,
    "system_token",
    token,
    SYSTEM_SCOPES,
    "Make a new token of the system user in Meta's Business Settings and set META_SYSTEM_TOKEN.",
  );
}

async function examineToken(
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

async function examineQuota(services: Services): Promise<Finding[]> {
  const name = "onboarding_quota";
  try {
    const count = await countOnboarded(services.registry, services.now() - WEEK_MS);
    return [
      finding(name, count < QUOTA.large, {
        ok: `${count} signups in the last 7 days. Meta allows ${QUOTA.small}, and ${QUOTA.large} after business verification, App Review and access verification.`,
        missing: `${count} signups in the last 7 days: Meta allows ${QUOTA.large}. Further ones fail until the oldest is a week old.`,
      }),
    ];
  } catch {
    return [{ name, state: "unproven", detail: "The registry did not answer." }];
  }
}

/** One number: its state, its token, whether its webhooks reach us, whether Meta lets it send. */
async function examineSender(services: Services, senderId: string): Promise<Finding[]> {
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
  const access = await openAccess(services, sender.partner, sender.phoneNumberId, "read");
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

function fromTick({ name, state, detail }: WebhookTick): Finding {
  return { name, state: state === "proven" ? "ok" : state, detail };
}

function finding(name: string, isOk: boolean, detail: { ok: string; missing: string }): Finding {
  const state = isOk ? "ok" : "missing";
  return { name, state, detail: detail[state] };
}
