import * as z from "zod";
import type { ApiKey } from "./database/api-keys.ts";
import type { SignupSession } from "./database/signup-sessions.ts";
import type { Services } from "./services.ts";

/** A vendor's base64 or other secret: present and not blank. */
const secret = z.string().trim().min(1);
const flag = z.enum(["true", "false"]).transform((value) => value === "true");

export const settingsSchema = z
  .object({
    PUBLIC_URL: z.url(),
    GRAPH_URL: z.url(),
    GRAPH_VERSION: z.string().regex(/^v\d+\.\d+$/),
    META_APP_ID: secret,
    META_APP_SECRET: secret,
    META_APP_SECRET_PREVIOUS: secret.optional(),
    META_VERIFY_TOKEN: secret,
    /** Of a Solution Partner: with it credit lines are shared (protocol.md 1.7). */
    META_SYSTEM_TOKEN: secret.optional(),
    /** Facebook Login for Business configuration of the signup; without it nobody can connect. */
    META_CONFIG_ID: z.string().default(""),
    /** Our own portfolio: `PARTNER_*` events name it. */
    META_BUSINESS_ID: z.string().default(""),
    META_EXTENDED_CREDIT_ID: z.string().default(""),
    FACEBOOK_SDK_URL: z.url().default("https://connect.facebook.net/en_US/sdk.js"),
    /** Countries whose numbers the signup refuses: two letters each, comma between. */
    BLOCKED_COUNTRIES: z.string().default("NG,ZA"),
    TOKEN_KEYS: secret,
    API_KEY_PEPPER: secret,
    /** The one before, or the next, while it is rotated (docs/operating.md). */
    API_KEY_PEPPER_PREVIOUS: secret.optional(),
    OPERATOR_TOKENS: secret.regex(/^[^:,]+:[^,]+(,[^:,]+:[^,]+)*$/),
    /** `https://<team>.cloudflareaccess.com` and the application's tag: then Access lets operators in. */
    ACCESS_TEAM_DOMAIN: z.union([z.literal(""), z.url({ protocol: /^https$/ })]).default(""),
    ACCESS_AUD: z.string().trim().default(""),
    SEND_INTERVAL_MS: z.coerce.number().int().min(50).max(60_000),
    COUNT_INBOUND: flag,
    /** Events are forgotten after so many days; Meta repeats a webhook for 7. */
    EVENT_RETENTION_DAYS: z.coerce.number().int().min(9).max(3_650).default(30),
    /** What nobody could use, or what failed for good, is forgotten after so many days. */
    LEFT_OVER_RETENTION_DAYS: z.coerce.number().int().min(15).max(3_650).default(180),
    /** The same of signups that ended. */
    SIGNUP_RETENTION_DAYS: z.coerce.number().int().min(30).max(3_650).default(365),
    /** The same of the audit; 0: it is kept. */
    AUDIT_RETENTION_DAYS: z.coerce.number().int().min(0).max(36_500).default(0),
    /** "public": endpoints are https and on public addresses; "any" is for this machine only. */
    ENDPOINT_NETWORK: z.enum(["public", "any"]).default("public"),
    /** DNS over HTTPS in JSON, which says where an endpoint's name leads. */
    DOH_URL: z.url({ protocol: /^https?$/ }).default("https://cloudflare-dns.com/dns-query"),
    /** Calls a minute that one key may make of one isolate. */
    API_RATE_PER_MINUTE: z.coerce.number().int().min(1).default(6_000),
    /** Where alarms are posted, and what they are signed with; without it they are only shown. */
    ALARM_URL: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]).default(""),
    ALARM_SECRET: secret.regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/).optional(),
    /** Signups in seven days that Meta allows (protocol.md 1.10). */
    ONBOARDING_QUOTA: z.coerce.number().int().min(1).default(10),
    /** The schedule of deliveries runs so many times as fast; with a simulated Meta only. */
    TIME_SCALE: z.coerce.number().min(1).max(100_000).default(1),
    LOCATION_HINT: z.string(),
    JURISDICTION: z.enum(["", "eu", "us", "fedramp"]),
  })
  .refine(
    ({ TIME_SCALE, GRAPH_URL }) =>
      TIME_SCALE === 1 || !/(^|\.)facebook\.com$/.test(new URL(GRAPH_URL).hostname),
    { path: ["TIME_SCALE"], message: "is for a simulated Meta" },
  )
  // Deployed by mistake, it would have partners' addresses called wherever they lead.
  .refine(
    ({ ENDPOINT_NETWORK, PUBLIC_URL }) => ENDPOINT_NETWORK === "public" || isLocal(PUBLIC_URL),
    {
      path: ["ENDPOINT_NETWORK"],
      message: "may be any on this machine only",
    },
  )
  // Whoever sits between us and the resolver could open any name.
  .refine(({ DOH_URL, PUBLIC_URL }) => DOH_URL.startsWith("https:") || isLocal(PUBLIC_URL), {
    path: ["DOH_URL"],
    message: "must begin with https://",
  })
  .refine(({ ALARM_URL, PUBLIC_URL }) => !ALARM_URL.startsWith("http:") || isLocal(PUBLIC_URL), {
    path: ["ALARM_URL"],
    message: "must begin with https://",
  });

function isLocal(url: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

/** Vars and secrets, checked once an isolate. */
export type Settings = z.infer<typeof settingsSchema>;

/** What every handler finds in its context. */
export interface AppContext {
  Bindings: Env;
  Variables: {
    requestId: string;
    services: Services;
    /** The calling partner's id; set by requirePartner. */
    partner: string;
    /** The key that it calls with. */
    key: ApiKey;
    /** phone_number_ids that its key is for; null: all of the partner's. */
    senders: readonly string[] | null;
    /** What is left of the key's calls, as the headers say it; set by limitRate. */
    rate: { policy: string; limit: string } | undefined;
    /** The operator's name; set by requireOperator. */
    operator: string;
    /** Set where D1 cannot say whether the operator has signed out: names and details stay hidden. */
    isUncertain: true | undefined;
    /** The signup of the owner's link; set by the doors of its page. */
    session: SignupSession;
  };
}

const checked = new WeakMap<object, Settings>();

/**
 * The vars and secrets of this Worker.
 *
 * @throws Error naming every one that is missing or malformed: a gateway that half knows its
 *   secrets must not serve.
 */
export function readSettings(env: Env): Settings {
  const known = checked.get(env);
  if (known !== undefined) return known;
  const result = settingsSchema.safeParse(env);
  if (!result.success) {
    const names = [...new Set(result.error.issues.map((issue) => issue.path.join(".")))];
    const error = new Error(
      `Missing or malformed settings: ${names.join(", ")}. Set secrets with ` +
        "`npx wrangler secret put NAME` (in .dev.vars for local use), vars with `npm run deploy -- --var NAME=VALUE`.",
    );
    // What a log line has of an error is its name (log.ts).
    error.name = `Settings:${names.join(",")}`;
    throw error;
  }
  checked.set(env, result.data);
  return result.data;
}
