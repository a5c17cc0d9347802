const MINUTE = 60_000;

interface AlarmWords {
  /** In a few words: what is wrong. */
  title: string;
  /** What whoever reads it does. */
  whatToDo: string;
  /** What lasts less than this is not worth a page (ms). */
  graceMs: number;
}

/**
 * Everything that operators are told of. What has to be done stands here, once, for the webhook,
 * the console and the API; docs/operating.md says more of each.
 */
export const ALARMS = {
  database_down: {
    title: "A database does not answer",
    whatToDo:
      "Nothing is lost: facts wait in their numbers' objects and sends go on. Look at Cloudflare's status page; apply missing migrations (npm run deploy). Partners read nothing new until it answers.",
    graceMs: 2 * MINUTE,
  },
  dead_letters: {
    title: "Work failed for good",
    whatToDo:
      "Find out why (the reason stands with each letter, the log has queue.retry and flush.dead_fact), mend that, then do the letters over in the console under Left over.",
    graceMs: 0,
  },
  endpoint_disabled: {
    title: "A partner's endpoint was disabled",
    whatToDo:
      "Its partner gets no events there. Tell the partner; once the receiver answers again they enable the endpoint, and what was missed is told first.",
    graceMs: 0,
  },
  endpoint_secret: {
    title: "An endpoint's secret cannot be opened",
    whatToDo:
      "Events wait, and none is posted. Put the key that sealed it back into TOKEN_KEYS, or have the partner rotate the endpoint's secret.",
    graceMs: 0,
  },
  flush_late: {
    title: "Facts wait for their database",
    whatToDo:
      "What came in is safe in the number's object and not yet readable. Look for flush.failed in the log and at the shard's load; it drains by itself once D1 takes batches again.",
    graceMs: 0,
  },
  media_late: {
    title: "Files of messages are not fetched",
    whatToDo:
      "Meta keeps a file for 7 days. See that the queue of media has a consumer and that Graph answers (media.not_fetched in the log says why not).",
    graceMs: 5 * MINUTE,
  },
  media_lost: {
    title: "Many files of messages were given up",
    whatToDo:
      "They cannot be fetched any more. media.unavailable in the log says why: expired means that Graph failed for 7 days, absent that Meta has no such file.",
    graceMs: 0,
  },
  onboarding_quota: {
    title: "Meta's quota of signups is nearly used up",
    whatToDo:
      "Further signups fail until the oldest is a week old. Finish business verification, App Review and access verification for 200 a week, then set ONBOARDING_QUOTA.",
    graceMs: 0,
  },
  overflow_late: {
    title: "Facts that no object took still wait",
    whatToDo:
      "They are safe in the archive under overflow/ and are handed over again every minute. Look for object.failed and webhook.overflowed in the log.",
    graceMs: 0,
  },
  sends_unknown: {
    title: "Many sends of a number have an unknown outcome",
    whatToDo:
      "Meta's answers were lost. They are not sent again by themselves: later statuses settle them, and after an hour the partner is told. Look at Graph's status and at send.unknown in the log.",
    graceMs: 0,
  },
  shard_full: {
    title: "A database fills up",
    whatToDo:
      "D1 ends at 10 GB. Add a shard and move senders to it (docs/operating.md, Shards), or shorten EVENT_RETENTION_DAYS.",
    graceMs: 0,
  },
  sweep_failing: {
    title: "A sweep keeps failing",
    whatToDo:
      "What it heals stays as it is until it runs again. scheduled.failed in the log names the error.",
    graceMs: 5 * MINUTE,
  },
  sweeps_stopped: {
    title: "The sweeps do not run",
    whatToDo: "Nothing heals by itself now. `npm run deploy` sets the Worker's cron trigger again.",
    graceMs: 0,
  },
  sync_stalled: {
    title: "An import of history stands still",
    whatToDo:
      "Its page says what is missing. Re-drive it there; what Meta has not sent, only Meta can send.",
    graceMs: 0,
  },
  token_expiring: {
    title: "A number's access token is about to end",
    whatToDo:
      "Its owner has to go through the signup once more (a link of the kind reauthorise), before every send is refused.",
    graceMs: 0,
  },
  token_refused: {
    title: "Meta refuses a number's access token",
    whatToDo:
      "Queued sends wait, the others are refused. Have its owner go through the signup once more (a link of the kind reauthorise).",
    graceMs: 0,
  },
  webhooks_refused: {
    title: "Webhooks with a wrong signature are refused",
    whatToDo:
      "If none is accepted beside them, META_APP_SECRET is not the one of Meta's dashboard: set it, Meta repeats for 7 days. If others are accepted, somebody else is knocking, and nothing has to be done.",
    graceMs: 0,
  },
} as const satisfies Record<string, AlarmWords>;

export type AlarmName = keyof typeof ALARMS;

/** What is about no sender, endpoint, shard or queue in particular. */
export const GATEWAY = "gateway";

/** That something is so now: raised where it is news. */
export interface AlarmFinding {
  alarm: AlarmName;
  /** What it is about: a phone_number_id, an endpoint's id, a shard, a queue; never a phone number. */
  subject: string;
  /** Epoch ms. */
  since: number;
  /** A sentence with the figures. */
  detail: string;
  /** How many: twice as many as were told of is told again. Left out, what was said before stays. */
  count?: number;
  /** The console's page about it. */
  path?: string;
}

/** An alarm as operators see it. Times are epoch ms. */
export interface AlarmView {
  id: string;
  alarm: AlarmName;
  subject: string;
  since: number;
  detail: string;
  path: string;
  raisedAt: number;
  clearedAt: number | null;
  acknowledgedBy: string | null;
  acknowledgedAt: number | null;
  /** How often it was told, and when a post about it was taken last. */
  told: number;
  takenAt: number | null;
}

/** An alarm's post as it goes out (docs/operating.md). */
export interface AlarmLetter {
  type: "alarm.raised" | "alarm.cleared" | "alarm.test";
  id: string;
  alarm: string;
  subject: string;
  since: string;
  cleared_at?: string;
  /** From 1; the second and later are repeats of one that lasts. */
  told: number;
  title: string;
  detail: string;
  what_to_do: string;
  link: string;
  /** All of it in words, for chats that show this field. */
  text: string;
}

/** Above so many sends of a number whose outcome nobody knows, somebody is told. */
export const UNKNOWN_SENDS_MAX = 10;
/** And when facts wait for D1 for longer than this. */
export const FLUSH_LATE_MS = MINUTE;
/** And so long before a token ends. */
export const TOKEN_ENDS_SOON_MS = 3 * 24 * 60 * MINUTE;
/** The sweeps run every minute: after so long without them something is wrong with the cron. */
export const SWEEPS_LATE_MS = 15 * MINUTE;
