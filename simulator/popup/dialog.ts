import type { Business, SignupResult } from "../businesses.ts";
import { createBusiness, issueCode } from "../businesses.ts";
import { digitsOf } from "../people.ts";
import type { Launch } from "../rules/popup-launch.ts";
import type { World } from "../world.ts";
import type { PopupBehaviour } from "./behaviour.ts";
import type { Delivery, LoginAnswer } from "./plan-deliveries.ts";
import { planDeliveries } from "./plan-deliveries.ts";
import type { CurrentStep, Ending, SessionMessage } from "./session-messages.ts";
import { cancelMessage, finishMessage, reportMessage } from "./session-messages.ts";

/** The screens in their order; `profile` belongs to the branches without the app. */
export type Step =
  | "login"
  | "assets"
  | "account"
  | "profile"
  | "number"
  | "scan"
  | "phone"
  | "history"
  | "rescan"
  | "confirm"
  | "wait"
  | "done";

/** What Meta calls the screens; none before the login, and the last one is a success. */
const CURRENT_STEP: Record<Exclude<Step, "login" | "done">, CurrentStep> = {
  assets: "BUSINESS_ACCOUNT_SELECTION",
  account: "WABA_PHONE_PROFILE_PICKER",
  profile: "WHATSAPP_BUSINESS_PROFILE_SETUP",
  number: "PHONE_NUMBER_SETUP",
  scan: "PHONE_NUMBER_VERIFICATION",
  phone: "PHONE_NUMBER_VERIFICATION",
  history: "PERMISSIONS",
  rescan: "PHONE_NUMBER_VERIFICATION",
  confirm: "PERMISSIONS",
  wait: "PERMISSIONS",
};

/** One popup, from its opening to its end. */
export type Dialog = {
  readonly id: string;
  /** To whom messages go; nobody else may read them. */
  readonly origin: string;
  /** The call of `FB.login` that waits for this popup. */
  readonly callback: string;
  readonly behaviour: PopupBehaviour;
  step: Step;
  /** WABA id of the shop whose asset group was chosen, or `new`. */
  assets: string;
  branch: Ending["branch"];
  /** Name given on the `profile` screen. */
  name: string;
  /** Whose number is connected; known from the `number` screen on. */
  business?: Business;
  sharesHistory: boolean;
  signup?: SignupResult;
};

export function openDialog(
  world: World,
  launch: Launch & { callback: string },
  behaviour: PopupBehaviour,
): Dialog {
  const dialog: Dialog = {
    id: world.random.hex(16),
    origin: launch.origin,
    callback: launch.callback,
    behaviour,
    step: "login",
    assets: "new",
    branch: "app",
    name: "",
    sharesHistory: true,
  };
  world.popup.dialogs.set(dialog.id, dialog);
  return dialog;
}

/** The shops whose number is on the app, a number each: only these can be connected. */
export function shopsOf(world: World): Business[] {
  return [...world.numbers.values()].filter(({ isOnBizApp }) => isOnBizApp);
}

/**
 * Takes the answer to a screen and moves on.
 *
 * @param form fields of the screen's form
 * @returns what is wrong with the answer, for the screen to say; null when the next screen is up
 */
export function answerStep(
  world: World,
  dialog: Dialog,
  form: Record<string, string>,
): string | null {
  switch (dialog.step) {
    case "login":
      return goTo(dialog, "assets");
    case "assets":
      if (form.assets !== "new" && !world.businesses.has(form.assets ?? "")) {
        return "Choose an asset group, or create a new one.";
      }
      dialog.assets = form.assets ?? "new";
      return goTo(dialog, "account");
    case "account":
      if (form.branch !== "app" && form.branch !== "number" && form.branch !== "none") {
        return "Choose how to go on.";
      }
      dialog.branch = form.branch;
      return goTo(dialog, dialog.branch === "app" ? "number" : "profile");
    case "profile":
      dialog.name = (form.name ?? "").trim();
      if (dialog.name === "") return "Enter the name of the business.";
      return goTo(dialog, dialog.branch === "number" ? "number" : "confirm");
    case "number":
      return dialog.branch === "app"
        ? takeAppNumber(world, dialog, form.phone ?? "")
        : takeNewNumber(world, dialog, form.phone ?? "");
    case "scan":
      return goTo(dialog, "phone");
    case "phone":
      return goTo(dialog, "history");
    case "history":
      if (form.share !== "yes" && form.share !== "no") return "Choose whether to share history.";
      dialog.sharesHistory = form.share === "yes";
      return goTo(dialog, dialog.behaviour.scansAgain ? "rescan" : "confirm");
    case "rescan":
      return goTo(dialog, "confirm");
    case "confirm":
      return goTo(dialog, "wait");
    case "wait":
      connect(world, dialog);
      return goTo(dialog, "done");
    case "done":
      return null;
  }
}

function goTo(dialog: Dialog, step: Step): null {
  dialog.step = step;
  return null;
}

/** Only a number that is on the app, and of the asset group unless that is new. */
function takeAppNumber(world: World, dialog: Dialog, phone: string): string | null {
  const business = shopsOf(world).find((shop) => shop.displayPhoneNumber === digitsOf(phone));
  if (!business) return "No account of the WhatsApp Business app has this number.";
  if (dialog.assets !== "new" && dialog.assets !== business.wabaId) {
    return "This number belongs to another asset group.";
  }
  dialog.business = business;
  return goTo(dialog, "scan");
}

/** Only a number that nobody uses; it comes to be on the Cloud API alone. */
function takeNewNumber(world: World, dialog: Dialog, phone: string): string | null {
  const number = digitsOf(phone);
  if (number.length < 8) return "Enter the number with its country code.";
  const isTaken = [...world.numbers.values()].some((shop) => shop.displayPhoneNumber === number);
  if (isTaken) return "This number is used on WhatsApp already.";
  dialog.business = createBusiness(world, {
    displayPhoneNumber: number,
    verifiedName: dialog.name,
    isOnBizApp: false,
    timezoneId: null,
  });
  return goTo(dialog, "confirm");
}

/** The onboarding begins here, on the phone's side, and not when the window closes. */
function connect(world: World, dialog: Dialog): void {
  dialog.business ??= createBusiness(world, {
    verifiedName: dialog.name,
    isOnBizApp: false,
    timezoneId: null,
  });
  if (dialog.branch === "app") dialog.business.sharesHistory = dialog.sharesHistory;
  dialog.signup = issueCode(world, dialog.business);
  handOver(world, dialog);
}

/** The code's 30 s begin when the page gets it, however long the last screen was open. */
export function handOver(world: World, dialog: Dialog): void {
  const code = world.codes.get(dialog.signup?.code ?? "");
  if (code) code.issuedAt = world.clock.now() - dialog.behaviour.codeAgeMs;
}

/** What is said when the owner leaves at this screen; on the last one that counts as finishing. */
export function leave(dialog: Dialog): Delivery[] {
  return planDeliveries(dialog.behaviour, leavingMessage(dialog), loginAnswer(dialog));
}

function leavingMessage(dialog: Dialog): SessionMessage | null {
  const { step, behaviour, business } = dialog;
  if (step === "login") return null;
  if (step !== "done") return cancelMessage(behaviour.cancelStep ?? CURRENT_STEP[step]);
  if (!business) return null;
  const { phoneNumberId, portfolioId } = business;
  const wabaId = behaviour.namedWabaId ?? business.wabaId;
  return finishMessage({ branch: dialog.branch, wabaId, phoneNumberId, portfolioId });
}

/** What is said when the owner reports a problem, which ends the signup. */
export function report(world: World, dialog: Dialog): Delivery[] {
  const message = reportMessage(dialog.behaviour.report, dialog.id, world.clock.now());
  return planDeliveries(dialog.behaviour, message, { ...loginAnswer(dialog), code: null });
}

function loginAnswer(dialog: Dialog): LoginAnswer {
  const code = dialog.step === "done" ? (dialog.signup?.code ?? null) : null;
  return { type: "tandem_simulator_login", callback: dialog.callback, code };
}
