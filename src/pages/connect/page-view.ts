import { checkNumber } from "../../operations/check-number.ts";
import { currentStep } from "./step-list.ts";
import type { NumberCheck } from "../../operations/check-number.ts";
import type { SignupPage } from "../../operations/describe-signup.ts";
import type { Services } from "../../services.ts";
import type { StepId } from "./step-list.ts";
import type { Texts } from "./texts/texts.ts";

/** Which of the page's views shows a session. */
export type ViewName =
  | "start"
  | "ready"
  | "exchanging"
  | "waiting"
  | "confirm"
  | "confirming"
  | "finished"
  | "expired";

/** A session as a view needs it. */
export interface PageView {
  name: ViewName;
  step: StepId;
  page: SignupPage;
  /** The session's number, checked; null while there is none. */
  checked: NumberCheck | null;
  texts: Texts;
  now: number;
}

/**
 * The view of a session's state. A number that the partner gave is checked like one typed here; an
 * access that is renewed needs none.
 */
export function viewOf(services: Services, page: SignupPage, texts: Texts): PageView {
  const checked = page.number === null ? null : checkNumber(services, page.number);
  const hasNumber = checked?.ok === true || page.kind === "reauthorise";
  return {
    name: nameOf(page.state, hasNumber),
    step: currentStep(page.state, hasNumber),
    page,
    checked,
    texts,
    now: services.now(),
  };
}

function nameOf(state: SignupPage["state"], hasNumber: boolean): ViewName {
  if (state === "open" || state === "failed") return hasNumber ? "ready" : "start";
  return state === "awaiting_confirmation" ? "confirm" : state;
}

/** Changes whenever the page has something else to show than bars that move. */
export function stampOf({ name, page }: PageView): string {
  const { problem, number, candidates, account } = page;
  return [name, problem?.step, problem?.code, number, candidates.length, account?.name]
    .map((part) => part ?? "")
    .join("|");
}
