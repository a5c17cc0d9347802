import type { SignupPage } from "../../operations/describe-signup.ts";

/** The eleven steps of the binding process, in order; their words are in `texts/`. */
export const STEPS = [
  "start",
  "login",
  "portfolio",
  "account",
  "number",
  "qr",
  "scan",
  "history",
  "confirm",
  "bind",
  "finish",
] as const;
export type StepId = (typeof STEPS)[number];

/** Those that happen in Meta's window and on the phone while it is open. */
export const POPUP_STEPS = STEPS.slice(1, 9);

/** Where the owner stands, as far as the session knows. @param hasNumber the number was accepted */
export function currentStep(state: SignupPage["state"], hasNumber: boolean): StepId {
  switch (state) {
    case "open":
    case "failed":
    case "expired":
      return hasNumber ? "login" : "start";
    case "exchanging":
    case "waiting":
    case "awaiting_confirmation":
      return "confirm";
    case "confirming":
      return "bind";
    case "finished":
      return "finish";
  }
}

/** Meta's names of its screens (protocol.md 1.3) as our steps. */
const META_SCREENS: Record<string, StepId> = {
  BUSINESS_ACCOUNT_SELECTION: "portfolio",
  WABA_PHONE_PROFILE_PICKER: "account",
  WHATSAPP_BUSINESS_PROFILE_SETUP: "account",
  PHONE_NUMBER_SETUP: "number",
  PHONE_NUMBER_VERIFICATION: "scan",
  PERMISSIONS: "confirm",
};

/** The step at which Meta's window was closed; null for a screen we do not know. */
export function stepOfScreen(screen: string): StepId | null {
  return META_SCREENS[screen] ?? null;
}
