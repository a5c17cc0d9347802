/*
 * The life of a connected number as one table: what Meta says, what it does to the state, and what
 * the owner and the partner are told. The state machine (durable/sender-state.ts), the pages, the
 * events and docs/lifecycle.md all read it. Sources: protocol.md 2.8, 4.1, 4.2.
 */

/** The phases of a connection; only `active` sends. */
export type LifePhase = "active" | "paused" | "verifying" | "disconnected";

/** What one thing is called, and what its readers can do about it. */
export interface Words {
  title: string;
  /** For the owner of the shop, who has the phone and WhatsApp Manager. */
  owner: string;
  /** For the partner's developers and support. */
  partner: string;
}

/**
 * What an account event does:
 * `doubt` holds sends until a look at the account decides; `pause` and `resume` are Meta's own word;
 * `block` and `unblock` leave the phase and refuse all sends, or end that; `none` is only told.
 */
export type LifeMove = "doubt" | "pause" | "resume" | "block" | "unblock" | "none";

export interface AccountRow extends Words {
  event: string;
  /** For DISABLED_UPDATE: which of its states the row is about. */
  ban?: string;
  move: LifeMove;
}

export interface ReasonRow extends Words {
  reason: string;
}

/** Where the owner ends the connection; the button has had both names. */
export const UNLINK_PATH =
  'Settings > Account > Business Platform, there "Unlink Account" (called "Disconnect" in some versions)';
const UNLINK_PLACE = "Settings > Account > Business Platform";
const CONNECT_AGAIN = "Open a new signup session for the number and send its link to the owner.";
const OPEN_LINK = "Open the link that your provider sends you and connect the number again.";
const NOTHING = "Nothing to do.";
const MANAGER = "Open WhatsApp Manager and follow what it asks for.";

/** The events that tell a change of a sender's state. */
export type StateEvent =
  | "sender.connected"
  | "sender.paused"
  | "sender.resumed"
  | "sender.disconnected";

/** From which phases a move leads where, and the event that tells it. */
export const MOVES: Record<
  LifeMove,
  | { from: readonly LifePhase[]; to: LifePhase; tells: StateEvent }
  | { from: readonly LifePhase[]; to: null; tells: "sender.blocked" | "sender.unblocked" | null }
> = {
  doubt: { from: ["active", "paused"], to: "verifying", tells: "sender.paused" },
  pause: { from: ["active"], to: "paused", tells: "sender.paused" },
  resume: { from: ["paused", "verifying"], to: "active", tells: "sender.resumed" },
  block: { from: ["active", "paused", "verifying"], to: null, tells: "sender.blocked" },
  unblock: { from: ["active", "paused", "verifying"], to: null, tells: "sender.unblocked" },
  none: { from: [], to: null, tells: null },
};

/** Every `account_update` event (protocol.md 2.8); each is told as `account.notice` too. */
export const ACCOUNT_EVENTS: readonly AccountRow[] = [
  {
    event: "PARTNER_ADDED",
    move: "none",
    title: "The account was shared with a partner",
    owner: NOTHING,
    partner: "Information. The signup finishes the connection; this event alone does not.",
  },
  {
    event: "PARTNER_REMOVED",
    move: "doubt",
    title: "The connection was ended, or another partner's was",
    owner: `If you did not end it under ${UNLINK_PLACE} ("Unlink Account" or "Disconnect"), open WhatsApp Business on the main phone and look there.`,
    partner: `Sends are held while Tandem reads the account. If it is lost, sender.disconnected follows with the reason; else sends go on.`,
  },
  {
    event: "PARTNER_APP_INSTALLED",
    move: "none",
    title: "An app was given access to the account",
    owner: NOTHING,
    partner: "Information.",
  },
  {
    event: "PARTNER_APP_UNINSTALLED",
    move: "doubt",
    title: "An app was removed from the account",
    owner:
      "If that was a mistake in Meta's Business Settings, open the link that your provider sends you and connect the number again.",
    partner:
      "Sends are held while Tandem reads the account: the app can be another one of the same business.",
  },
  {
    event: "ACCOUNT_OFFBOARDED",
    move: "pause",
    title: "The phone was changed or the app was installed anew",
    owner:
      "Open WhatsApp Business on the new phone and leave the box that reconnects the Business Platform ticked. Link other devices again.",
    partner:
      "Meta connects the number again by itself, mostly within minutes. Queued sends wait until they expire; messages of the gap can be missing.",
  },
  {
    event: "ACCOUNT_RECONNECTED",
    move: "resume",
    title: "The number is connected again",
    owner: "Link other devices again if they are missing.",
    partner:
      "Sends go on. Token, syncs and history stay as they were; there is no second history for this way.",
  },
  {
    event: "ACCOUNT_DELETED",
    move: "doubt",
    title: "The number or its account was deleted at Meta",
    owner:
      "If you still use this number on WhatsApp Business, connect it again by the link of your provider.",
    partner: "Sends are held while Tandem reads the account and the number.",
  },
  {
    event: "ACCOUNT_RESTRICTION",
    move: "none",
    title: "Meta limits what the account may do",
    owner: MANAGER,
    partner:
      "See restrictions: the kind and when it ends. What it forbids is refused by Meta message by message; write less, and only to customers who agreed.",
  },
  {
    event: "ACCOUNT_VIOLATION",
    move: "none",
    title: "Meta saw a breach of its policy",
    owner: "Open WhatsApp Manager, read what was found, and ask for a review if it is wrong.",
    partner:
      "See violation for its kind. Stop the messages that caused it: a restriction or a ban can follow.",
  },
  {
    event: "DISABLED_UPDATE",
    ban: "SCHEDULE_FOR_DISABLE",
    move: "none",
    title: "Meta will disable the account",
    owner: "Open WhatsApp Manager before that date and ask for a review.",
    partner: "See ban.date. Sends go on until then.",
  },
  {
    event: "DISABLED_UPDATE",
    ban: "DISABLE",
    move: "block",
    title: "Meta disabled the account",
    owner:
      "Open WhatsApp Manager and ask for a review; nothing can be sent through the API until then.",
    partner:
      "Every send is refused until Meta reinstates the account. Waiting callers are told at once, queued sends wait until they expire.",
  },
  {
    event: "DISABLED_UPDATE",
    ban: "REINSTATE",
    move: "unblock",
    title: "Meta enabled the account again",
    owner: NOTHING,
    partner: "Sends go on.",
  },
  {
    event: "VERIFIED_ACCOUNT",
    move: "none",
    title: "The business was verified",
    owner: NOTHING,
    partner: "Information.",
  },
  {
    event: "PARTNER_CLIENT_CERTIFICATION_NEEDED",
    move: "none",
    title: "Meta asks for a certification of the business",
    owner: MANAGER,
    partner: "Help the owner to hand it in: Meta can limit the account until it is done.",
  },
  {
    event: "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE",
    move: "none",
    title: "The certification of the business went on",
    owner: "If it was refused: open WhatsApp Manager and see why.",
    partner: "See value for where it stands.",
  },
  {
    event: "AD_ACCOUNT_LINKED",
    move: "none",
    title: "An ad account was linked",
    owner: NOTHING,
    partner: "Information.",
  },
  {
    event: "MM_LITE_TERMS_SIGNED",
    move: "none",
    title: "The terms of Marketing Messages Lite were accepted",
    owner: NOTHING,
    partner: "Information: marketing templates may go by that API now.",
  },
  {
    event: "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
    move: "none",
    title: "The price of authentication messages abroad changes",
    owner: NOTHING,
    partner: "See value for the countries and the day; it changes what messages cost.",
  },
  {
    event: "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
    move: "none",
    title: "Meta has another main country for the business",
    owner: "If the country is wrong, correct it in Meta's Business Settings.",
    partner: "See country: prices and rules can follow it.",
  },
  {
    event: "VOLUME_BASED_PRICING_TIER_UPDATE",
    move: "none",
    title: "The price tier of the account changed",
    owner: NOTHING,
    partner: "See volume_tier; it changes what messages cost.",
  },
];

/** Every `disconnection_info.reason` of Meta's (protocol.md 2.8, 4.2). Each one is a `doubt`. */
export const DISCONNECTION_REASONS: readonly ReasonRow[] = [
  {
    reason: "ACCOUNT_DISCONNECTED",
    title: "Meta closed the account, or it was deleted",
    owner: `Open WhatsApp Business: if it says that the account is banned, ask for a review there. If you ended the connection yourself under ${UNLINK_PLACE}, you may connect it again at any time.`,
    partner: `Ask the owner what the app shows. ${CONNECT_AGAIN}`,
  },
  {
    reason: "BUSINESS_DOWNGRADE",
    title: "The number went from WhatsApp Business to the ordinary WhatsApp",
    owner:
      "Install WhatsApp Business again with this number, use it for some days, and connect it anew by the link of your provider.",
    partner: CONNECT_AGAIN,
  },
  {
    reason: "CHANGE_NUMBER",
    title: "The owner changed the number in the app",
    owner: "Connect the new number by the link of your provider; the old one stays as it was.",
    partner:
      "The old number is gone; what was stored under it stays readable. Open a signup session for the new number: it is a sender of its own.",
  },
  {
    reason: "COMPANION_INACTIVITY",
    title: "A linked device was not used for about 30 days",
    owner: `Open WhatsApp Business on the main phone, link the devices you need again, and ${lower(OPEN_LINK)}`,
    partner: CONNECT_AGAIN,
  },
  {
    reason: "PRIMARY_INACTIVITY",
    title: "WhatsApp Business was not opened on the phone for about 14 days",
    owner: `${OPEN_LINK} Open WhatsApp Business on the main phone at least once a week from then on.`,
    partner: `${CONNECT_AGAIN} Tandem warns from day 10 (sender.inactive_soon): pass that on.`,
  },
  {
    reason: "USER_RE_REGISTERED",
    title: "The number was registered on another phone, or anew on the same",
    owner: OPEN_LINK,
    partner: CONNECT_AGAIN,
  },
];

/** Reasons that are ours, or that Meta gave no `disconnection_info` for. */
export const OTHER_REASONS: readonly ReasonRow[] = [
  {
    reason: "PARTNER_REMOVED",
    title: "The owner unlinked the number",
    owner: `You ended the connection in the app (${UNLINK_PATH}). To use it again: ${lower(OPEN_LINK)}`,
    partner: `What was stored stays readable. ${CONNECT_AGAIN}`,
  },
  {
    reason: "PARTNER_APP_UNINSTALLED",
    title: "The app was removed in Meta's Business Settings",
    owner: OPEN_LINK,
    partner: `What was stored stays readable. ${CONNECT_AGAIN}`,
  },
  {
    reason: "ACCOUNT_DELETED",
    title: "The number or its account was deleted at Meta",
    owner: OPEN_LINK,
    partner: `What was stored stays readable. ${CONNECT_AGAIN}`,
  },
  {
    reason: "ACCOUNT_OFFBOARDED",
    title: "The phone was changed or the app was installed anew",
    owner:
      "Open WhatsApp Business on the new phone and leave the box that reconnects the Business Platform ticked.",
    partner:
      "Meta connects the number again by itself, mostly within minutes. Queued sends wait until they expire.",
  },
  {
    reason: "ACCOUNT_RECONNECTED",
    title: "Meta says that the account is connected again",
    owner: NOTHING,
    partner: "The account has several numbers: Tandem reads this one before its sends go on.",
  },
  {
    reason: "access_lost",
    title: "Meta no longer shows us the account",
    owner: `If you unlinked it (${UNLINK_PATH}) that is why. To use it again: ${lower(OPEN_LINK)}`,
    partner: `Found by Tandem's own look or by a send; Meta's event did not come. ${CONNECT_AGAIN}`,
  },
  {
    reason: "number_gone",
    title: "The number left the account",
    owner: OPEN_LINK,
    partner: `The account is still shared with us, this number is not in it. ${CONNECT_AGAIN}`,
  },
  {
    reason: "number_off",
    title: "Meta has the number as not connected",
    owner: "Open WhatsApp Business on the main phone and wait until it is online.",
    partner: "Tandem looks every 30 minutes; sends go on when Meta has it as connected.",
  },
  {
    reason: "unverified",
    title: "Nobody could say for an hour whether the number is still connected",
    owner:
      "Open WhatsApp Business on the main phone and see under " + UNLINK_PLACE + " what it shows.",
    partner: "Sends are held; Tandem looks every 30 minutes. Operators find it in their log.",
  },
  {
    reason: "detached",
    title: "The number was given up on this side",
    owner: `At Meta the number stays connected until you end it in the app: ${UNLINK_PATH}.`,
    partner: `Nothing is sent or fetched any more; what was stored stays readable. ${CONNECT_AGAIN}`,
  },
  {
    reason: "held",
    title: "An operator holds the sends of the number",
    owner: NOTHING,
    partner: "Queued sends wait until they expire. Ask the operator of the gateway.",
  },
  {
    reason: "number_moved",
    title: "The number was connected through another partner",
    owner: NOTHING,
    partner:
      "What was stored until then stays readable; what comes from now on is the other partner's.",
  },
];

/** What blocks a number beside its phase. */
export const BLOCK_WORDS: Record<string, Words> = {
  payment: {
    title: "Meta has no way to be paid",
    owner: "Add a payment method and a currency in WhatsApp Manager.",
    partner: "Or share your credit line with the account. Queued sends wait.",
  },
  timezone: {
    title: "The account has no time zone",
    owner: "Set the account's time zone in WhatsApp Manager.",
    partner: "Queued sends wait until it is set.",
  },
  token: {
    title: "Our access to the account has expired or was taken back",
    owner: "Open the link that your provider sends you and log in once more.",
    partner:
      "Open a signup session that re-authorises the number: history, syncs and windows stay as they are.",
  },
  restricted: {
    title: "Meta lets the account send nothing",
    owner: MANAGER,
    partner: "Ask the owner what WhatsApp Manager shows. Queued sends wait.",
  },
};

const CONNECTED: Words = {
  title: "Connected",
  owner:
    "Open WhatsApp Business on the main phone at least once a week, so that Meta keeps the link.",
  partner: "Nothing to do.",
};

const VERIFYING: Words = {
  title: "It is being checked whether the number is still connected",
  owner: `If you did not end the connection under ${UNLINK_PLACE} ("Unlink Account" or "Disconnect"), there is nothing to do.`,
  partner:
    "Sends are held while Tandem reads the account and the number, mostly for a minute; queued ones wait.",
};

const UNKNOWN_EVENT: Words = {
  title: "Meta told something about the account",
  owner: NOTHING,
  partner: "Tandem does not know this one: see value, which is as Meta sent it.",
};

/** Fields of the account beside account_update (protocol.md 2.9). */
export const NOTICE_WORDS: Record<string, Words> = {
  account_alerts: {
    title: "An alert of Meta about the account",
    owner: MANAGER,
    partner: "See severity and alert.",
  },
  account_review_update: {
    title: "Meta reviewed the account",
    owner: "If it was refused: open WhatsApp Manager and ask for another review.",
    partner: "See decision.",
  },
  account_settings_update: {
    title: "A setting of the number changed",
    owner: NOTHING,
    partner: "See setting and value.",
  },
  business_capability_update: {
    title: "What the business may do at Meta changed",
    owner: NOTHING,
    partner: "See the limits.",
  },
  business_username_update: {
    title: "The business username changed",
    owner: NOTHING,
    partner: "See username and status.",
  },
  business_username_updates: {
    title: "The business username changed",
    owner: NOTHING,
    partner: "See username and status.",
  },
  message_template_components_update: {
    title: "The content of a template changed",
    owner: NOTHING,
    partner: "Read the template again before you use it.",
  },
  message_template_quality_update: {
    title: "Customers rate a template otherwise",
    owner: NOTHING,
    partner: "A template of low quality is paused: see from and to.",
  },
  message_template_status_update: {
    title: "A template's state changed",
    owner: NOTHING,
    partner: "See event and reason; only APPROVED ones can be sent.",
  },
  messaging_handovers: {
    title: "A conversation went to another responder",
    owner: NOTHING,
    partner: "See thread_owner.",
  },
  payment_configuration_update: {
    title: "A way to take payments changed",
    owner: NOTHING,
    partner: "See configuration and status.",
  },
  phone_number_name_update: {
    title: "Meta decided about the number's display name",
    owner: "If it was refused: choose another name in WhatsApp Manager.",
    partner: "See decision and rejection_reason.",
  },
  phone_number_quality_update: {
    title: "The number's quality or limit changed",
    owner: NOTHING,
    partner: "See event and limit. Meta lowers what customers block or report.",
  },
  security: {
    title: "Somebody changed or asked for the number's PIN",
    owner: "If that was not you, change the two-step PIN in WhatsApp Manager.",
    partner: "See event and requester. A number on the phone app needs no PIN of yours.",
  },
  tandem_connection: {
    title: "Tandem could not find out whether the number is still connected",
    owner: "Open WhatsApp Business on the main phone and keep it online for a moment.",
    partner: "Sends are held; Tandem looks every 30 minutes.",
  },
  template_category_update: {
    title: "Meta put a template into another category",
    owner: NOTHING,
    partner: "See from and to: the category decides what it costs.",
  },
  user_preferences: {
    title: "A customer chose what to get from the business",
    owner: NOTHING,
    partner: "See preferences, and keep to them: `stop` ends marketing messages to that customer.",
  },
};

const EVENT_WORDS: Record<string, Words> = {
  "sender.connected": CONNECTED,
  "sender.resumed": {
    title: "Sends go on",
    owner: NOTHING,
    partner: "The number is connected; queued sends leave now.",
  },
  "sender.unblocked": {
    title: "Meta lets the number send again",
    owner: NOTHING,
    partner: "Queued sends leave now.",
  },
  "sender.inactive_soon": {
    title: "WhatsApp Business was not used on the phone for ten days",
    owner:
      "Open WhatsApp Business on the main phone and keep it online for a moment: Meta ends the connection after about 14 days without.",
    partner: "Pass it on to the owner before ends_at.",
  },
  "sender.token_expiring": {
    title: "Our access to the account expires soon",
    owner: "Open the link that your provider sends you and log in once more.",
    partner:
      "Open a signup session that re-authorises the number before expires_at; from then on every send is refused.",
  },
  "signup.updated": {
    title: "A signup went on",
    owner: NOTHING,
    partner: "See state; a problem stands beside it.",
  },
  "contacts.imported": { title: "The address book came in", owner: NOTHING, partner: NOTHING },
  "history.completed": { title: "The earlier chats came in", owner: NOTHING, partner: NOTHING },
  "history.incomplete": {
    title: "A part of the earlier chats did not come",
    owner:
      "To have it sent once more, end the connection on the phone and connect the number again.",
    partner: "The event names what is missing; what came is stored.",
  },
  "history.declined": {
    title: "The owner did not share earlier chats",
    owner: NOTHING,
    partner: "To ask again, the number has to be disconnected and connected anew.",
  },
  "history.stalled": {
    title: "Earlier chats stopped coming",
    owner: "Open WhatsApp Business on the main phone and keep it online: the phone sends them.",
    partner: "Nothing to do: it goes on by itself, or ends after seven days.",
  },
};

const REASONS = new Map(
  [...OTHER_REASONS, ...DISCONNECTION_REASONS].map((row) => [row.reason, row]),
);

/**
 * The row for an account event, or undefined for one that Meta has added since.
 *
 * @param ban `ban_info.waba_ban_state` of a DISABLED_UPDATE
 */
export function accountRow(event: string, ban?: string): AccountRow | undefined {
  return ACCOUNT_EVENTS.find(
    (row) => row.event === event && (row.ban === undefined || row.ban === ban),
  );
}

/** Whether the table has an account event. */
export function isKnownAccountEvent(event: string): boolean {
  return ACCOUNT_EVENTS.some((row) => row.event === event);
}

/** What a sender's present state means: of a block while it is connected, else of its phase. */
export function wordsOfState(state: string, reason: string | null, blockedBy?: string): Words {
  if (state === "active") return pick(BLOCK_WORDS[blockedBy ?? ""] ?? CONNECTED);
  // What a doubt was raised by is not what it comes to.
  const isDoubt = state === "verifying" && !reason?.startsWith("ACCOUNT_OFF");
  const row = isDoubt ? VERIFYING : REASONS.get(reason ?? "");
  if (row !== undefined) return pick(row);
  return state === "disconnected"
    ? {
        title: "The number is disconnected",
        owner: OPEN_LINK,
        partner: `What was stored stays readable. ${CONNECT_AGAIN}`,
      }
    : {
        title: "Sends are held",
        owner: "Open WhatsApp Business on the main phone and wait until it is online.",
        partner: "Tandem looks at the account; sends go on when it is known to be connected.",
      };
}

/** What an account.notice means. @param event of an account_update; @param ban see accountRow */
export function wordsOfNotice(field: string, event?: string, ban?: string): Words {
  const row = field === "account_update" ? accountRow(event ?? "", ban) : NOTICE_WORDS[field];
  return pick(row ?? UNKNOWN_EVENT);
}

/** What an event of a sender's life means, from its type and data as a partner reads them. */
export function wordsOfEvent(type: string, data: Record<string, unknown>): Words {
  const text = (name: string) => {
    const value = data[name];
    return typeof value === "string" ? value : undefined;
  };
  switch (type) {
    case "sender.paused":
    case "sender.disconnected":
      return wordsOfState(text("state") ?? "disconnected", text("reason") ?? null);
    case "sender.blocked":
      return wordsOfState("active", null, text("reason") ?? "restricted");
    case "account.notice":
      return wordsOfNotice(text("field") ?? "", text("event"), text("ban_state"));
    default:
      return pick(EVENT_WORDS[type] ?? UNKNOWN_EVENT);
  }
}

function pick({ title, owner, partner }: Words): Words {
  return { title, owner, partner };
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
