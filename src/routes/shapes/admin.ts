import * as z from "zod";
import { at, fits } from "./fits.ts";
import type { AnswerOf } from "./fits.ts";
import type { adminAuditRoutes } from "../admin-audit.ts";
import type { adminKeyRoutes } from "../admin-keys.ts";
import type { adminSecretRoutes } from "../admin-secrets.ts";
import type { adminRoutes } from "../admin.ts";
import type { viewKey } from "../key-bodies.ts";
import type { featureRoutes } from "../features.ts";
import type { viewPartner } from "../views.ts";

export const partner = fits<ReturnType<typeof viewPartner>>()(
  z.strictObject({
    id: z.string(),
    name: z.string(),
    logo_url: z.string().nullable(),
    media_retention_days: z.int().nullable().describe("null: files are kept until deleted."),
    message_retention_days: z.int().nullable().describe("null: messages are kept."),
  }),
).meta({ id: "Partner" });

const keyFields = {
  id: z.string(),
  name: z.string().nullable(),
  begins_with: z.string().describe("How the key's text begins, to tell keys apart."),
  scopes: z.array(z.enum(["send", "read", "manage"])),
  senders: z.array(z.string()).nullable().describe("phone_number_ids; null: all of the partner's."),
  created_at: at,
  expires_at: at.nullable(),
  last_used_at: at.nullable().describe("To ten minutes or so."),
  previous_secret_until: at
    .nullable()
    .describe("Until then the secret before a rotation holds as well."),
  revoked_at: at.nullable(),
};

export const apiKey = fits<ReturnType<typeof viewKey>>()(z.strictObject(keyFields)).meta({
  id: "Key",
});

/** The same for partners and for operators. */
export const newKey = fits<AnswerOf<typeof adminKeyRoutes, "/:id/keys", "$post">>()(
  z.strictObject({ ...keyFields, key: z.string().describe("Shown this once.") }),
).meta({ id: "NewKey" });

export const doctor = fits<AnswerOf<typeof adminRoutes, "/doctor", "$get">>()(
  z.strictObject({
    ok: z.boolean(),
    findings: z.array(
      z.strictObject({
        name: z.string(),
        state: z.enum(["ok", "missing", "unproven"]),
        detail: z.string(),
      }),
    ),
  }),
).meta({ id: "Doctor" });

export const auditEntry = fits<AnswerOf<typeof adminAuditRoutes, "/", "$get">["data"][number]>()(
  z.strictObject({
    id: z.string(),
    at,
    operator: z.string(),
    action: z.string().describe("`noun.verb`; with `.failed` where it came to nothing."),
    sender_id: z.string().nullable(),
    partner_id: z.string().nullable(),
    detail: z.string().nullable().describe("Ids, counts, or the operator's own reason."),
  }),
).meta({ id: "AuditEntry" });

const records = z.strictObject({
  senders: z.int(),
  endpoints: z.int(),
  signup_sessions: z.int(),
});

export const secrets = fits<AnswerOf<typeof adminSecretRoutes, "/", "$get">>()(
  z.strictObject({
    token_keys: z.strictObject({
      in_force_since: at.nullable().describe("Since TOKEN_KEYS is as it is; null: not noted yet."),
      counted_at: at.nullable().describe("When all records were opened and counted last."),
      counting: z.boolean(),
      unopened: z.int().describe("Records that do not open: put the missing key back."),
      failed: z.int().describe("Records that could not be looked at; the next round does."),
      keys: z.array(
        z.strictObject({
          id: z.string(),
          state: z
            .enum(["newest", "older", "gone"])
            .describe("The newest seals; one that is gone is needed and not in TOKEN_KEYS."),
          records: records.describe("What needs this key, by kind."),
          may_be_removed: z.boolean(),
        }),
      ),
    }),
    api_key_pepper: z.strictObject({
      in_force_since: at.nullable(),
      keys: z
        .strictObject({ current: z.int(), previous: z.int(), lost: z.int() })
        .describe("Keys in force by the pepper they need; those of a lost one open nothing."),
      previous: z
        .strictObject({
          links_until: at.nullable().describe("Until then links made under it may be in use."),
          may_be_removed: z.boolean(),
        })
        .nullable(),
      waiting: z
        .array(
          z.strictObject({
            id: z.string(),
            partner_id: z.string(),
            name: z.string().nullable(),
            last_used_at: at.nullable(),
          }),
        )
        .describe("Keys that were not used since; the most recently used first, 100 at most."),
    }),
    app_secret: z.strictObject({
      in_force_since: at.nullable(),
      previous: z
        .strictObject({
          last_seen_at: at.nullable().describe("When Meta signed with it last, to ten minutes."),
          may_be_removed: z.boolean(),
        })
        .nullable(),
    }),
    operators: z.array(z.strictObject({ name: z.string(), tokens: z.int() })),
    refused: z
      .array(
        z.strictObject({
          day: z.string().describe("UTC."),
          door: z.enum(["api", "console", "access"]),
          count: z.int(),
          last_at: at,
        }),
      )
      .describe("Who was refused at an operators' door in the last seven days."),
  }),
).meta({ id: "Secrets" });

export const features = fits<AnswerOf<typeof featureRoutes, "/", "$get">>()(
  z.strictObject({
    locale: z.string(),
    oldest_app_version: z.string(),
    history: z.strictObject({ days: z.int(), media_days: z.int() }),
    companions: z.strictObject({ max: z.int(), unsupported: z.array(z.string()).readonly() }),
    data: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        app: z.strictObject({
          change: z.enum(["same", "read_only", "off"]),
          label: z.string(),
          detail: z.string(),
        }),
        api: z.strictObject({
          support: z.enum(["mirrored", "synced", "none"]),
          label: z.string(),
          detail: z.string(),
        }),
      }),
    ),
  }),
).meta({ id: "Features", description: "What changes in the app once its number is connected." });
