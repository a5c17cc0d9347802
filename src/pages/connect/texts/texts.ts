import type { ApiSupport, AppChange, FeatureId } from "../../../lib/features.ts";
import type { SignupProblemCode } from "../../../database/signup-sessions.ts";
import type { SyncState } from "../../../database/syncs.ts";
import type { StepId } from "../step-list.ts";

/** Every sentence of the owner's page: a language that lacks one does not compile. */
export interface Texts {
  /** BCP 47 */
  lang: string;
  title: (partner: string) => string;
  titleReauthorise: (partner: string) => string;
  skip: string;
  noScript: string;
  footer: string;
  meta: string;
  phone: string;
  here: string;
  /** What is said of a place where a step needs nothing. */
  idle: { meta: string; phone: string };
  steps: {
    label: string;
    count: (step: number, all: number) => string;
    done: string;
    current: string;
    list: Record<StepId, StepText>;
  };
  start: {
    heading: string;
    lead: (partner: string) => string;
    label: string;
    hint: string;
    button: string;
    busy: string;
    promise: { heading: string; items: string[] };
  };
  refusals: { invalid: string; country: (country: string) => string; unknownCountry: string };
  ready: {
    heading: string;
    headingReauthorise: string;
    lead: string;
    leadReauthorise: string;
    number: string;
    change: string;
    checklist: string;
    checks: {
      version: (version: string) => string;
      versionHow: string;
      hand: string;
      devices: string;
      devicesHow: (max: number) => string;
    };
    button: string;
    again: string;
    loading: string;
  };
  changes: {
    heading: string;
    lead: string;
    table: string;
    columns: { feature: string; app: string; api: string };
    app: Record<AppChange, string>;
    api: Record<ApiSupport, string>;
  };
  features: Record<FeatureId, { name: string; app: string; api: string }>;
  history: {
    heading: string;
    lead: string;
    yes: string;
    yesItems: (days: number, mediaDays: number) => string[];
    no: string;
    noItems: string[];
    once: string;
  };
  onPhone: {
    heading: string;
    lead: string;
    how: string;
    link: string;
    share: string;
    copy: string;
    copied: string;
    anyway: string;
    caution: string;
  };
  popup: {
    heading: string;
    lead: string;
    typeThis: string;
    back: string;
    next: string;
    focus: string;
    hidden: string;
    listening: string;
  };
  working: {
    exchanging: { heading: string; lead: string };
    waiting: {
      heading: string;
      lead: string;
      notOnApp: string;
      meanwhile: string;
      again: string;
    };
    confirming: { heading: string; lead: string; slow: string; slowHow: string };
  };
  confirm: {
    heading: string;
    lead: string;
    name: string;
    number: string;
    currency: string;
    country: string;
    notKnown: string;
    pick: string;
    otherNumber: (entered: string) => string;
    zone: string;
    zoneMissing: string;
    zoneSet: string;
    zoneByHand: string;
    choose: string;
    sync: string;
    contacts: string;
    history: string;
    clock: (hours: number) => string;
    button: string;
    busy: string;
    checks: string;
    check: Record<"proven" | "missing" | "unproven", string>;
  };
  finished: {
    heading: string;
    headingReauthorise: string;
    lead: string;
    leadReauthorise: string;
    contacts: string;
    history: string;
    keepOpen: string;
    contactCount: (count: number, areAll: boolean) => string;
    percent: (percent: number) => string;
    next: string;
    nextItems: (max: number) => string[];
    ownPayment: string;
    back: (partner: string) => string;
    sync: Record<SyncState, string>;
  };
  expired: { heading: string; lead: (partner: string) => string };
  unknownLink: { heading: string; lead: string };
  problems: Record<ProblemId, { title: string; text: string }>;
  stoppedAt: (step: string) => string;
  reported: string;
}

/** What happens in each place at a step; a place that is left out has nothing to do. */
export interface StepText {
  title: string;
  meta?: string;
  phone?: string;
  here?: string;
}

/** What the session says is in the way, and what the browser alone can notice. */
export type ProblemId =
  | SignupProblemCode
  | "sdk"
  | "not_configured"
  | "offline"
  | "code_lost"
  | "other";
