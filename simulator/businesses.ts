import { z } from "zod";
import type { Customer } from "./people.ts";
import { customerOf, customerPhone, digitsOf, shopPhone } from "./people.ts";
import type { Pair } from "./rules/pair-rate.ts";
import type { Recipient } from "./rules/recipient.ts";
import type { SyncKind } from "./rules/sync-request.ts";
import type { Thread } from "./rules/thread-control.ts";
import { Throughput } from "./rules/throughput.ts";
import type { HistoryPreset, HistorySettings } from "./scenarios/history-scenario.ts";
import { HISTORY_PRESETS, historyScenarioSchema } from "./scenarios/history-scenario.ts";
import type { World } from "./world.ts";

const digits = z.string().regex(/^\d{5,20}$/);
const presetNames = Object.keys(HISTORY_PRESETS) as [HistoryPreset, ...HistoryPreset[]];

export const newBusinessSchema = z.strictObject({
  wabaId: digits.optional(),
  phoneNumberId: digits.optional(),
  displayPhoneNumber: z.string().optional(),
  verifiedName: z.string().optional(),
  /** Meta's numeric time-zone id; null = not set, and every send fails with 131042. */
  timezoneId: z.string().nullable().optional(),
  currency: z.string().nullable().optional(),
  country: z.string().length(2).optional(),
  /** How many customers to name in `business.customers`. */
  customers: z.number().int().min(1).max(10_000).optional(),
  /** Entries of the address book on the phone. */
  contacts: z.number().int().min(0).optional(),
  history: z.union([historyScenarioSchema, z.enum(presetNames)]).optional(),
  /** False: a plain Cloud API number, not on the phone app. */
  isOnBizApp: z.boolean().optional(),
  /** Whether Meta takes a `timezone_id` that is posted to the WABA; it documents reading it only. */
  timezoneWritable: z.boolean().optional(),
  /** A former partner's credit line still pays (rules/credit-line.ts). */
  hasForeignLine: z.boolean().optional(),
  /** The token of its signup may not upload to its dataset: somebody has to be assigned. */
  datasetNeedsTask: z.boolean().optional(),
  /** Reads that do not show yet what the signup granted (rules/listing-lag.ts). */
  lag: z
    .strictObject({
      debugToken: z.number().int().min(0).optional(),
      phoneNumbers: z.number().int().min(0).optional(),
      isOnBizApp: z.number().int().min(0).optional(),
    })
    .optional(),
  /** How long a token of its signup lives, simulated ms; it does not expire by default. */
  tokenLifeMs: z.number().int().min(1).optional(),
});

export type NewBusiness = z.input<typeof newBusinessSchema>;

/** One turn of the signup: its syncs may be spent once (rules/sync-request.ts). */
export type Onboarding = { startedAt: number; spent: Set<SyncKind>; requests: string[] };

export type Business = {
  readonly wabaId: string;
  readonly phoneNumberId: string;
  /** Digits, as in webhooks; Graph shows it formatted. */
  readonly displayPhoneNumber: string;
  readonly verifiedName: string;
  /** The owner's portfolio; BSUIDs belong to it. */
  readonly portfolioId: string;
  readonly country: string;
  readonly customers: Customer[];
  readonly contacts: number;
  readonly history: HistorySettings;
  readonly isOnBizApp: boolean;
  /** Said by the owner in the popup; false = declined, whatever the scenario has. */
  sharesHistory: boolean;
  timezoneId: string | null;
  currency: string | null;
  onboarding?: Onboarding;
  /** History is dated back from here, also in a later onboarding: the messages are the same ones. */
  firstOnboardedAt?: number;
  readonly timezoneWritable: boolean;
  hasForeignLine: boolean;
  /** The partner's credit line as it is shared with this account (protocol.md 1.7). */
  allocation?: { id: string; credentialId: string };
  /** Its dataset, once somebody asked for it, and the users with the task to upload (protocol.md 5.1). */
  dataset?: { id: string; uploaders: Set<string> };
  datasetNeedsTask: boolean;
  /** Clicks on its ads by `ctwa_clid`, and the first message of each. */
  adClicks: Map<string, { wamid: string }>;
  readonly lag: Record<"debugToken" | "phoneNumbers" | "isOnBizApp", { reads: number }>;
  readonly tokenLifeMs: number | null;
  /** Whether the partner may see it: from the signup until the owner ends it. */
  isShared: boolean;
  isSubscribed: boolean;
  isOffboarded: boolean;
  isDisabled: boolean;
  /** Code with which every send is refused, or null. */
  blockedBy: number | null;
  /** Callbacks instead of the app's, for the WABA and for the number (protocol.md 1.6). */
  wabaOverride?: string;
  phoneOverride?: string;
  readonly throughput: Throughput;
  readonly pairs: Map<string, Pair>;
  /** Until when each customer may be written to freely, by phone or BSUID, simulated epoch ms. */
  readonly windows: Map<string, number>;
  /** Threads that another responder holds or held, by phone or BSUID (rules/thread-control.ts). */
  readonly threads: Map<string, Thread>;
  /** Everybody this business has written with, by phone, and the way back from a BSUID. */
  readonly people: Map<string, Customer>;
  readonly phoneOfBsuid: Map<string, string>;
  /** Media of the history by wamid: a redelivery names the same ids. */
  readonly historyMedia: Map<string, string>;
};

/** What of a business may be shown as JSON. */
export type BusinessView = Pick<
  Business,
  | "wabaId"
  | "phoneNumberId"
  | "displayPhoneNumber"
  | "verifiedName"
  | "portfolioId"
  | "customers"
  | "isShared"
  | "isSubscribed"
  | "isOffboarded"
> & { onboardedAt: number | null };

/**
 * A shop with a number on the WhatsApp Business app. Nobody can see it until its owner signs up
 * (`issueCode`) or it is given a token (`issueToken`). With the WABA of another it is one more number
 * of that account.
 */
export function createBusiness(world: World, input: NewBusiness = {}): Business {
  const given = newBusinessSchema.parse(input);
  const index = world.numbers.size;
  const scenario =
    typeof given.history === "string" ? HISTORY_PRESETS[given.history] : given.history;
  const first = world.businesses.get(given.wabaId ?? "");
  const portfolioId = first?.portfolioId ?? `71${world.random.digits(13)}`;
  const business: Business = {
    wabaId: given.wabaId ?? `21${world.random.digits(13)}`,
    phoneNumberId: given.phoneNumberId ?? `31${world.random.digits(13)}`,
    displayPhoneNumber: digitsOf(given.displayPhoneNumber ?? shopPhone(index)),
    verifiedName: given.verifiedName ?? SHOP_NAMES[index % SHOP_NAMES.length] ?? "Corner Shop",
    portfolioId,
    country: given.country ?? "US",
    customers: Array.from({ length: given.customers ?? 10 }, (_, i) =>
      customerOf(portfolioId, customerPhone(i)),
    ),
    contacts: given.contacts ?? 0,
    history: historyScenarioSchema.parse(scenario ?? HISTORY_PRESETS.none),
    isOnBizApp: given.isOnBizApp ?? true,
    sharesHistory: true,
    timezoneId: given.timezoneId === undefined ? "7" : given.timezoneId,
    currency: given.currency === undefined ? "USD" : given.currency,
    timezoneWritable: given.timezoneWritable ?? true,
    hasForeignLine: given.hasForeignLine ?? false,
    datasetNeedsTask: given.datasetNeedsTask ?? false,
    adClicks: new Map(),
    lag: {
      debugToken: { reads: given.lag?.debugToken ?? 0 },
      phoneNumbers: { reads: given.lag?.phoneNumbers ?? 0 },
      isOnBizApp: { reads: given.lag?.isOnBizApp ?? 0 },
    },
    tokenLifeMs: given.tokenLifeMs ?? null,
    isShared: false,
    isSubscribed: false,
    isOffboarded: false,
    isDisabled: false,
    blockedBy: null,
    throughput: new Throughput(world.settings.ratePerSecond, world.settings.rateWindowMs),
    pairs: new Map(),
    windows: new Map(),
    threads: new Map(),
    people: new Map(),
    phoneOfBsuid: new Map(),
    historyMedia: new Map(),
  };
  if (world.numbers.has(business.phoneNumberId)) {
    throw new Error(`there is a business with the number ${business.phoneNumberId} already`);
  }
  if (first) shareAccount(business, first);
  else world.businesses.set(business.wabaId, business);
  for (const { phone } of business.customers) meetCustomer(business, phone);
  world.numbers.set(business.phoneNumberId, business);
  return business;
}

/** What belongs to the WABA and not to one of its numbers. */
const ACCOUNT_FIELDS = [
  "timezoneId",
  "timezoneWritable",
  "hasForeignLine",
  "allocation",
  "dataset",
  "datasetNeedsTask",
  "adClicks",
  "currency",
  "onboarding",
  "firstOnboardedAt",
  "isShared",
  "isSubscribed",
  "isOffboarded",
  "isDisabled",
  "wabaOverride",
] as const satisfies (keyof Business)[];

/** One more number of a WABA: what it is about the account is the first one's. */
function shareAccount(business: Business, first: Business): void {
  for (const field of ACCOUNT_FIELDS) {
    Object.defineProperty(business, field, {
      get: () => first[field],
      set: (value: never) => {
        Object.assign(first, { [field]: value });
      },
      enumerable: true,
    });
  }
}

/** The numbers of a WABA, the first one first. */
export function numbersOf(world: World, wabaId: string): Business[] {
  return [...world.numbers.values()].filter((business) => business.wabaId === wabaId);
}

const SHOP_NAMES =
  "Bright Bakery,Harbour Bikes,Studio Fern,Kiln & Clay,Mango Optics,Old Town Books".split(",");

/** Someone this business writes with, named or not; remembers the BSUID, so a send by it finds them. */
export function meetCustomer(business: Business, phone: string): Customer {
  const known = business.people.get(phone);
  if (known) return known;
  const customer = customerOf(business.portfolioId, digitsOf(phone));
  business.people.set(customer.phone, customer);
  business.phoneOfBsuid.set(customer.bsuid, customer.phone);
  return customer;
}

/** Under which name window, pair and thread are kept: the phone where it is known, else the BSUID. */
export function peerOf(business: Business, recipient: Recipient): string {
  switch (recipient.kind) {
    case "phone":
      return recipient.phone;
    case "bsuid":
      return business.phoneOfBsuid.get(recipient.bsuid) ?? recipient.bsuid;
    case "lost":
      return recipient.digits;
  }
}

/** By WABA id or phone number id. */
export function findBusiness(world: World, id: string): Business | undefined {
  return world.businesses.get(id) ?? world.numbers.get(id);
}

export function viewBusiness(business: Business): BusinessView {
  const { wabaId, phoneNumberId, displayPhoneNumber, verifiedName, portfolioId, customers } =
    business;
  const { isShared, isSubscribed, isOffboarded, onboarding } = business;
  return {
    wabaId,
    phoneNumberId,
    displayPhoneNumber,
    verifiedName,
    portfolioId,
    customers,
    isShared,
    isSubscribed,
    isOffboarded,
    onboardedAt: onboarding?.startedAt ?? null,
  };
}

/** What the signup popup hands to the page that opened it (protocol.md 1.3). */
export type SignupResult = {
  code: string;
  sessionInfo: {
    type: "WA_EMBEDDED_SIGNUP";
    event: "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING";
    version: 3;
    data: { waba_id: string };
  };
};

/** The owner finishes the popup: the onboarding begins now, and with it the 24 h for the syncs. */
export function issueCode(world: World, business: Business): SignupResult {
  beginOnboarding(world, business);
  const code = `AQ${world.random.hex(48)}`;
  world.codes.set(code, { wabaId: business.wabaId, issuedAt: world.clock.now() });
  return {
    code,
    sessionInfo: {
      type: "WA_EMBEDDED_SIGNUP",
      event: "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING",
      version: 3,
      data: { waba_id: business.wabaId },
    },
  };
}

/** A business token without the popup: for a number that was onboarded elsewhere, or for a test. */
export function issueToken(world: World, business: Business): string {
  if (!business.onboarding) beginOnboarding(world, business);
  return mintToken(world, business.wabaId);
}

export function mintToken(world: World, wabaId: string): string {
  const token = `EAAG${world.random.hex(60)}`;
  const issuedAt = world.clock.now();
  const life = world.businesses.get(wabaId)?.tokenLifeMs;
  const expiresAt = life == null ? null : issuedAt + life;
  world.tokens.set(token, { wabaIds: new Set([wabaId]), issuedAt, expiresAt });
  return token;
}

function beginOnboarding(world: World, business: Business): void {
  const startedAt = world.clock.now();
  business.onboarding = { startedAt, spent: new Set(), requests: [] };
  business.firstOnboardedAt ??= startedAt;
  business.isShared = true;
  business.isOffboarded = false;
  business.windows.clear();
}
