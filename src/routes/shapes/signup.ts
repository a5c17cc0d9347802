import * as z from "zod";
import { at, fits } from "./fits.ts";
import { sender } from "./sender.ts";
import type { AnswerOf } from "./fits.ts";
import type { signupRoutes } from "../signup.ts";
import type { viewSession } from "../views.ts";

const STATES = [
  "open",
  "exchanging",
  "waiting",
  "awaiting_confirmation",
  "confirming",
  "finished",
  "failed",
  "cancelled",
] as const;

export const signupSession = fits<ReturnType<typeof viewSession>>()(
  z.strictObject({
    id: z.string(),
    kind: z.enum(["connect", "reauthorise"]),
    url: z
      .string()
      .nullable()
      .describe(
        "The page for the owner. Whoever has it can connect the number; null for a key that may not make one.",
      ),
    state: z.enum(STATES),
    external_id: z.string().nullable().describe("Yours."),
    return_url: z.string().nullable(),
    locale: z.string().nullable(),
    phone_number: z.string().nullable(),
    waba_id: z.string().nullable(),
    phone_number_id: z.string().nullable(),
    candidates: z
      .array(
        z.strictObject({
          phone_number_id: z.string(),
          display_phone_number: z.string(),
          verified_name: z.string().nullable(),
        }),
      )
      .nullable(),
    account: z
      .strictObject({
        name: z.string().nullable(),
        currency: z.string().nullable(),
        timezone_id: z.string().nullable(),
        timezone: z.string().nullable(),
        country: z.string().nullable(),
      })
      .nullable(),
    error: z
      .strictObject({ step: z.string(), code: z.string(), detail: z.string() })
      .nullable()
      .describe("What stands in the way."),
    webhooks: z
      .array(
        z.strictObject({
          name: z.string(),
          state: z.enum(["proven", "missing", "unproven"]),
          detail: z.string(),
        }),
      )
      .nullable()
      .describe("The proof that webhooks will reach the gateway."),
    credit: z.strictObject({ state: z.string(), currency: z.string() }).nullable(),
    sync: z
      .strictObject({
        contacts: z.boolean(),
        history: z.boolean(),
        force: z.boolean().optional(),
      })
      .nullable(),
    timezone: z.string().nullable(),
    onboarded_at: at.nullable(),
    unattended_at: at.nullable(),
    created_at: at,
    expires_at: at,
    trail: z
      .array(
        z.strictObject({
          at,
          state: z.string().optional(),
          popup: z.string().optional(),
          step: z.string().optional(),
          code: z.string().optional(),
          meta_session_id: z.string().optional(),
        }),
      )
      .describe("What happened, oldest first."),
  }),
).meta({ id: "SignupSession", description: "One owner's way through the signup." });

export const confirmed = fits<AnswerOf<typeof signupRoutes, "/:id/confirm", "$post">>()(
  z.strictObject({ sender }),
).meta({ id: "ConfirmedSignup" });
