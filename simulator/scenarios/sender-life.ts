/*
 * Two years in the life of a number, as data: what its owner and Meta do on which day, in which
 * order their words arrive, and how a gateway has to stand afterwards. `playLife` plays the side of
 * Meta; test/journeys/two-years.test.ts holds the gateway to the rest.
 */

export type LifePartner = "first" | "second";

/** What happens. `account` and `remove` are webhooks of account_update (protocol.md 2.8). */
export type LifeAct =
  | { kind: "onboard"; partner: LifePartner }
  | { kind: "customer_writes" }
  | { kind: "owner_writes" }
  /** Nothing but time. */
  | { kind: "wait" }
  | {
      kind: "account";
      event: string;
      extra?: Record<string, unknown>;
      /** Of a word that comes late: the day on which it was said. */
      saidOn?: number;
    }
  | {
      kind: "remove";
      /** Whether the access ends: if not, another partner of the account is meant. */
      really: boolean;
      reason?: string;
      initiatedBy?: "USER" | "SYSTEM";
    }
  /** Meta delivers the webhook of an earlier step once more, byte for byte. */
  | { kind: "repeat"; step: string }
  /** The access ends and no webhook says so. */
  | { kind: "lose_silently" };

export interface LifeStep {
  /** For people, and for `repeat`. */
  step: string;
  /** Days since the first onboarding. */
  day: number;
  act: LifeAct;
  /** The state as soon as the webhook is taken in, where a look changes it afterwards. */
  heard?: string;
  /** The state when the gateway has had time to look. */
  state: string;
  reason?: string;
  blocked?: string;
  /** Types of the `sender.*` events that the holder is told by this step, in their order. */
  told: string[];
}

export const TWO_YEARS: readonly LifeStep[] = [
  {
    step: "the owner connects the number",
    day: 0,
    act: { kind: "onboard", partner: "first" },
    state: "active",
    told: ["sender.connected"],
  },
  {
    step: "a customer writes",
    day: 1,
    act: { kind: "customer_writes" },
    state: "active",
    told: [],
  },
  {
    step: "the owner answers from the phone",
    day: 8,
    act: { kind: "owner_writes" },
    state: "active",
    told: [],
  },
  {
    step: "a new phone",
    day: 15,
    act: { kind: "account", event: "ACCOUNT_OFFBOARDED" },
    state: "paused",
    reason: "ACCOUNT_OFFBOARDED",
    told: ["sender.paused"],
  },
  {
    step: "the new phone is connected",
    day: 15.05,
    act: { kind: "account", event: "ACCOUNT_RECONNECTED" },
    state: "active",
    told: ["sender.resumed"],
  },
  {
    step: "Meta tells the new phone once more",
    day: 15.5,
    act: { kind: "repeat", step: "a new phone" },
    state: "active",
    told: [],
  },
  {
    step: "an off-boarding comes days late",
    day: 17,
    act: { kind: "account", event: "ACCOUNT_OFFBOARDED", saidOn: 15.02 },
    state: "active",
    told: [],
  },
  {
    step: "the app is installed anew: the reconnection comes first",
    day: 24,
    act: { kind: "account", event: "ACCOUNT_RECONNECTED" },
    state: "active",
    told: [],
  },
  {
    step: "and its off-boarding after it",
    day: 24.1,
    act: { kind: "account", event: "ACCOUNT_OFFBOARDED", saidOn: 23.9 },
    state: "active",
    told: [],
  },
  {
    step: "nobody uses the phone for eleven days",
    day: 35,
    act: { kind: "wait" },
    state: "active",
    told: ["sender.inactive_soon"],
  },
  {
    step: "the owner writes again",
    day: 36,
    act: { kind: "owner_writes" },
    state: "active",
    told: [],
  },
  {
    step: "another partner of the account is removed",
    day: 40,
    act: { kind: "remove", really: false, initiatedBy: "USER" },
    heard: "verifying",
    state: "active",
    told: ["sender.paused", "sender.resumed"],
  },
  {
    step: "Meta tells that once more",
    day: 41,
    act: { kind: "repeat", step: "another partner of the account is removed" },
    state: "active",
    told: [],
  },
  {
    step: "Meta bans the account",
    day: 44,
    act: {
      kind: "account",
      event: "DISABLED_UPDATE",
      extra: { ban_info: { waba_ban_state: "DISABLE", waba_ban_date: "January 6, 2027" } },
    },
    state: "active",
    blocked: "restricted",
    told: ["sender.blocked"],
  },
  {
    step: "and reinstates it",
    day: 45,
    act: {
      kind: "account",
      event: "DISABLED_UPDATE",
      extra: { ban_info: { waba_ban_state: "REINSTATE", waba_ban_date: "January 7, 2027" } },
    },
    state: "active",
    told: ["sender.unblocked"],
  },
  {
    step: "the phone lies in a drawer",
    day: 50.5,
    act: { kind: "remove", really: true, reason: "PRIMARY_INACTIVITY", initiatedBy: "SYSTEM" },
    heard: "verifying",
    state: "disconnected",
    reason: "PRIMARY_INACTIVITY",
    told: ["sender.inactive_soon", "sender.paused", "sender.disconnected"],
  },
  {
    step: "Meta tells that for days",
    day: 54,
    act: { kind: "repeat", step: "the phone lies in a drawer" },
    state: "disconnected",
    reason: "PRIMARY_INACTIVITY",
    told: [],
  },
  {
    step: "a reconnection cannot bring it back",
    day: 55,
    act: { kind: "account", event: "ACCOUNT_RECONNECTED" },
    state: "disconnected",
    reason: "PRIMARY_INACTIVITY",
    told: [],
  },
  {
    step: "the owner connects it anew",
    day: 56,
    act: { kind: "onboard", partner: "first" },
    state: "active",
    told: ["sender.connected"],
  },
  {
    step: "the removal of the onboarding before comes once more",
    day: 57,
    act: { kind: "repeat", step: "the phone lies in a drawer" },
    state: "active",
    told: [],
  },
  {
    step: "the owner unlinks it",
    day: 65,
    act: { kind: "remove", really: true, initiatedBy: "USER" },
    heard: "verifying",
    state: "disconnected",
    reason: "PARTNER_REMOVED",
    told: ["sender.paused", "sender.disconnected"],
  },
  {
    step: "and connects it through another partner",
    day: 400,
    act: { kind: "onboard", partner: "second" },
    state: "active",
    told: ["sender.connected"],
  },
  {
    step: "a customer writes to the shop with the new partner",
    day: 401,
    act: { kind: "customer_writes" },
    state: "active",
    told: [],
  },
  {
    step: "the unlinking of long ago comes once more",
    day: 402,
    act: { kind: "repeat", step: "the owner unlinks it" },
    state: "active",
    told: [],
  },
  {
    step: "the connection ends without a word",
    day: 405,
    act: { kind: "lose_silently" },
    state: "disconnected",
    reason: "access_lost",
    told: ["sender.disconnected"],
  },
  {
    step: "the owner connects it once more",
    day: 410,
    act: { kind: "onboard", partner: "second" },
    state: "active",
    told: ["sender.connected"],
  },
  {
    step: "the owner goes through the signup again without need",
    day: 418,
    act: { kind: "onboard", partner: "second" },
    state: "active",
    told: ["sender.connected"],
  },
  {
    step: "the owner takes another number",
    day: 425,
    act: { kind: "remove", really: true, reason: "CHANGE_NUMBER", initiatedBy: "USER" },
    heard: "verifying",
    state: "disconnected",
    reason: "CHANGE_NUMBER",
    told: ["sender.paused", "sender.disconnected"],
  },
  {
    step: "two years are over",
    day: 730,
    act: { kind: "wait" },
    state: "disconnected",
    reason: "CHANGE_NUMBER",
    told: [],
  },
];
