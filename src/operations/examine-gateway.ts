import { countOnboarded } from "../database/signup-sessions.ts";
import { ALARMS } from "../lib/alarms.ts";
import { errorKind } from "../lib/log.ts";
import { finding, fromTick, unread } from "./doctor-findings.ts";
import { examineSecrets } from "./examine-secrets.ts";
import { examineSender, examineToken } from "./examine-sender.ts";
import { SWEPT_EVERY_MS, whenSwept } from "./note-sweeps.ts";
import { callbackUrl, proveApp } from "./prove-webhooks.ts";
import type { Settings } from "../env.ts";
import type { Finding } from "./doctor-findings.ts";
import type { Services } from "../services.ts";

const WEEK_MS = 7 * 24 * 3_600_000;
const SYSTEM_SCOPES = ["business_management", "whatsapp_business_management"];

/**
 * Looks at everything that has to be in order for numbers to be connected and served.
 *
 * @param senderId a number to look at too, by Meta's phone_number_id
 */
export async function examineGateway(services: Services, senderId?: string): Promise<Finding[]> {
  const parts = await Promise.all([
    examineStores(services),
    examineSweeps(services),
    examineSecrets(services),
    examineApp(services),
    examineCallback(services),
    examineSystemToken(services),
    examineQuota(services),
    examineAlarms(services),
    senderId === undefined ? Promise.resolve([]) : examineSender(services, senderId),
  ]);
  return [...examineSettings(services), ...parts.flat()];
}

/** What is malformed refuses to serve (env.ts); here is what serves and yet cannot be right. */
function examineSettings({ settings }: Services): Finding[] {
  // A Meta on this machine (the simulator) delivers to http too.
  const isPublic = settings.PUBLIC_URL.startsWith("https://") || !isRealMeta(settings);
  const hasSystem = settings.META_SYSTEM_TOKEN !== undefined;
  const hasLine = settings.META_EXTENDED_CREDIT_ID !== "";
  return [
    finding("setting:PUBLIC_URL", isPublic, {
      ok: "PUBLIC_URL is an address that Meta delivers to.",
      missing:
        "PUBLIC_URL is no https address: Meta delivers to nothing else. Deploy with its domain: npm run deploy -- --domain NAME.",
    }),
    finding("setting:META_APP_ID", /^\d{5,}$/.test(settings.META_APP_ID), {
      ok: "META_APP_ID is set.",
      missing:
        "META_APP_ID is no app id. Copy it from Meta's App Dashboard: npm run deploy -- --var META_APP_ID=…",
    }),
    finding("setting:META_CONFIG_ID", /^\d{5,}$/.test(settings.META_CONFIG_ID), {
      ok: "META_CONFIG_ID is set.",
      missing:
        "META_CONFIG_ID is not set: nobody can sign up. Make a Facebook Login for Business configuration (WhatsApp Embedded Signup) and set its id: npm run deploy -- --var META_CONFIG_ID=…",
    }),
    finding("setting:META_BUSINESS_ID", /^\d{5,}$/.test(settings.META_BUSINESS_ID), {
      ok: "META_BUSINESS_ID is set.",
      missing:
        "META_BUSINESS_ID is not set: word of Meta about other partners cannot be told from ours. Set your portfolio's id: npm run deploy -- --var META_BUSINESS_ID=…",
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

function isRealMeta({ GRAPH_URL }: Settings): boolean {
  return new URL(GRAPH_URL).hostname.endsWith("facebook.com");
}

async function examineStores(services: Services): Promise<Finding[]> {
  const shards = services.shards.map((name) =>
    answers(
      `database:${name}`,
      async () => {
        await services.shard(name).prepare(`SELECT seq FROM heads LIMIT 1`).all();
      },
      "npm run deploy makes what is missing of databases and tables.",
    ),
  );
  return Promise.all([
    ...shards,
    answers(
      "archive",
      async () => {
        await services.archive.head("doctor");
      },
      "npm run deploy makes the bucket where it is missing.",
    ),
    answers(
      "queue",
      // Points at nothing: its consumer finds that and is done.
      () => services.queues.overflow.send({ key: "overflow/doctor" }),
      "npm run deploy makes the queues that are missing.",
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

/** The app's subscription to webhooks at Meta. */
async function examineApp(services: Services): Promise<Finding[]> {
  return (await proveApp(services)).map(fromTick);
}

async function examineSweeps(services: Services): Promise<Finding[]> {
  try {
    const at = await whenSwept(services);
    const minutes = Math.round((services.now() - at) / 60_000);
    return [
      finding("sweeps", services.now() - at < 3 * SWEPT_EVERY_MS, {
        ok: `The sweeps ran at most ${minutes} min ago.`,
        missing: `The sweeps ${at === 0 ? "never ran" : `ran ${minutes} min ago last`}. Check the cron trigger of the Worker; npm run deploy sets it.`,
      }),
    ];
  } catch (err) {
    return [unread("sweeps", err)];
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

/** Whether alarms reach anybody. */
async function examineAlarms(services: Services): Promise<Finding[]> {
  const name = "alarms";
  if (services.settings.ALARM_URL === "") {
    const detail =
      "ALARM_URL is not set: alarms are only shown, in the console. To have them posted: docs/operating.md, Alarms.";
    return [{ name, state: isRealMeta(services.settings) ? "unproven" : "ok", detail }];
  }
  if (services.settings.ALARM_SECRET === undefined) {
    const detail =
      "ALARM_SECRET is not set: nothing is posted to ALARM_URL until it is. docs/operating.md, Alarms.";
    return [{ name, state: "missing", detail }];
  }
  try {
    const { owed } = await services.alarms().counts();
    return [
      finding(name, owed === 0, {
        ok: "ALARM_URL is set, and has taken what was posted. POST /v1/admin/alarms:test tries it.",
        missing: `ALARM_URL has not taken ${owed} of the posts: alarm.not_told in the log says why.`,
      }),
    ];
  } catch (err) {
    const detail = `The alarms' object did not answer (${errorKind(err)}).`;
    return [{ name, state: "unproven", detail }];
  }
}

async function examineQuota(services: Services): Promise<Finding[]> {
  const name = "onboarding_quota";
  const { ONBOARDING_QUOTA: quota } = services.settings;
  try {
    const count = await countOnboarded(services.registry, services.now() - WEEK_MS);
    return [
      finding(name, count < quota, {
        ok: `${count} of ${quota} signups (ONBOARDING_QUOTA) in the last 7 days.`,
        missing: `${count} signups in the last 7 days: Meta allows ${quota}, by ONBOARDING_QUOTA. ${ALARMS.onboarding_quota.whatToDo}`,
      }),
    ];
  } catch (err) {
    return [unread(name, err)];
  }
}
