import type { ApiSupport, AppChange, FeatureId } from "../../../lib/features.ts";
import type { SignupProblemCode } from "../../../database/signup-sessions.ts";
import type { SyncState } from "../../../database/syncs.ts";
import type { StepId } from "../step-list.ts";
import type { Pattern } from "./fill.ts";

/**
 * Every sentence of the owner's page. The languages are data beside this file, `<language>.json`,
 * which the page reads as an asset. A test holds each to this interface, key by key.
 */
export interface Texts {
  /** BCP 47 */
  lang: string;
  title: Pattern<"partner">;
  titleReauthorise: Pattern<"partner">;
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
    count: Pattern<"step" | "all">;
    done: string;
    current: string;
    list: Record<StepId, StepText>;
  };
  start: {
    heading: string;
    lead: Pattern<"partner">;
    label: string;
    hint: string;
    button: string;
    busy: string;
    promise: { heading: string; items: string[] };
  };
  refusals: { invalid: string; country: Pattern<"country">; unknownCountry: string };
  ready: {
    heading: string;
    headingReauthorise: string;
    lead: string;
    leadReauthorise: string;
    number: string;
    change: string;
    checklist: string;
    checks: {
      version: Pattern<"version">;
      versionHow: string;
      hand: string;
      devices: string;
      devicesHow: Pattern<"max">;
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
    yesItems: Pattern<"days" | "mediaDays">[];
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
    otherNumber: Pattern<"entered">;
    zone: string;
    zoneMissing: string;
    zoneSet: string;
    zoneByHand: string;
    choose: string;
    sync: string;
    contacts: string;
    history: string;
    clock: { lastHour: string; hours: Pattern<"hours"> };
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
    /** How many came, and as long as more may come: so far. */
    contactCount: Record<"one" | "other" | "oneSoFar" | "otherSoFar", Pattern<"count">>;
    percent: Pattern<"percent">;
    next: string;
    nextItems: Pattern<"max">[];
    ownPayment: string;
    back: Pattern<"partner">;
    sync: Record<SyncState, string>;
  };
  expired: { heading: string; lead: Pattern<"partner"> };
  unknownLink: { heading: string; lead: string };
  problems: Record<ProblemId, { title: string; text: string }>;
  stoppedAt: Pattern<"step">;
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
