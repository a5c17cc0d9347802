import { z } from "zod";

/** Where the owner stands when the window closes early (protocol.md 1.3). */
export const CURRENT_STEPS = [
  "BUSINESS_ACCOUNT_SELECTION",
  "WABA_PHONE_PROFILE_PICKER",
  "WHATSAPP_BUSINESS_PROFILE_SETUP",
  "PHONE_NUMBER_SETUP",
  "PHONE_NUMBER_VERIFICATION",
  "PERMISSIONS",
] as const;

const digits = z.string().regex(/^\d{5,20}$/);

/** How the popup behaves towards the page that opened it; what the owner does is clicked. */
export const popupBehaviourSchema = z.strictObject({
  /** Message and login callback arrive in either order (protocol.md 1.3). */
  first: z.enum(["message", "callback"]).default("message"),
  /** Real ms between the two. */
  gapMs: z.number().min(0).max(60_000).default(0),
  /** `event.data` is an object, or JSON as a string. */
  data: z.enum(["object", "string"]).default("object"),
  /** Other messages of Facebook's own come before and after. */
  foreign: z.boolean().default(false),
  /** A forged FINISH that names this WABA comes first, from an origin that is not Meta's. */
  forgedWabaId: digits.optional(),
  /** The true message names this WABA instead of the one the code is for. */
  namedWabaId: digits.optional(),
  /** `message`, `callback`: the other never comes. `nothing`: the popup stays open and says nothing. */
  tells: z.enum(["both", "message", "callback", "nothing"]).default("both"),
  /** Instead of the step at which the owner cancels. */
  cancelStep: z.enum(CURRENT_STEPS).optional(),
  /** What a reported problem carries. */
  report: z
    .strictObject({
      event: z.enum(["CANCEL", "ERROR"]).default("CANCEL"),
      /** The older edition says `error_id`. */
      codeField: z.enum(["error_code", "error_id"]).default("error_code"),
      code: z.string().default("524126"),
      message: z.string().default("This number could not be verified just now"),
      sessionId: z.string().optional(),
    })
    .prefault({}),
  /** Meta asks for the QR code once more before the account is confirmed. */
  scansAgain: z.boolean().default(false),
  /** Real ms on the screen that says to wait. */
  waitMs: z.number().min(0).max(60_000).default(600),
  /** How old the code is when the page gets it, simulated ms: it lives for 30 s (protocol.md 1.4). */
  codeAgeMs: z.number().min(0).default(0),
  /** The browser lets no popup open. Read when a page loads the SDK. */
  blocked: z.boolean().default(false),
});

export type PopupBehaviour = z.infer<typeof popupBehaviourSchema>;
export type NewPopupBehaviour = z.input<typeof popupBehaviourSchema>;
