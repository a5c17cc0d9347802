import * as z from "zod";
import { at, fits } from "./fits.ts";
import type { AnswerOf } from "./fits.ts";
import type { adminKeyRoutes } from "../admin-keys.ts";
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

const leftOver = {
  id: z.string(),
  sender: z.int().nullable().describe("The gateway's own key of it."),
  reason: z.string(),
  at,
};

export const unrouted = fits<AnswerOf<typeof adminRoutes, "/unrouted", "$get">["data"][number]>()(
  z.strictObject({ ...leftOver, field: z.string() }),
).meta({ id: "Unrouted" });

export const deadLetter = fits<
  AnswerOf<typeof adminRoutes, "/dead-letters", "$get">["data"][number]
>()(z.strictObject({ ...leftOver, source: z.string() })).meta({ id: "DeadLetter" });

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
