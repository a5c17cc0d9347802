import type { LogEvent } from "../../src/lib/log.ts";

/** What a line says, and what an operator does about it; "" where nothing is to be done. */
interface LogMeaning {
  means: string;
  todo: string;
}

/** Every event that src/lib/log.ts knows: one that is missing here does not compile. */
export const LOG_MEANINGS: Record<LogEvent, LogMeaning> = {
  "admin.changed": {
    means:
      "An operator changed something or looked at content: `action`, `operator`. A customer's erasure stands in the audit alone, and goes on as `erasure.advanced`: its address names the customer.",
    todo: "",
  },
  "alarm.cleared": {
    means: "What an alarm was about is over.",
    todo: "",
  },
  "alarm.not_raised": {
    means: "The object that keeps alarms did not answer, so that one may be missing.",
    todo: "Look at Durable Objects at Cloudflare. What an object or a sweep found is said again at its next look.",
  },
  "alarm.not_told": {
    means:
      "The operators' webhook did not take an alarm; it is posted again within ten minutes, until it is taken.",
    todo: "Look at the server behind ALARM_URL; `POST /v1/admin/alarms:test` says what it answers.",
  },
  "alarm.raised": {
    means:
      "Something needs a person: `alarm` says what, `subject` which one. The same stands in the console and is posted to ALARM_URL.",
    todo: "As [the alarm says](operating.md#metrics-and-alarms).",
  },
  "connection.lost": {
    means:
      "The half-hourly look found that Meta ended a connection without a word: `reason` is `access_lost` or `number_gone`. The partner is told (`sender.disconnected`).",
    todo: "Nothing, for one number. For many at once: ask Meta about the app's access.",
  },
  "connection.unverified": {
    means:
      "For an hour Meta gave no clear answer whether a connection still stands. The number is paused; looks go on each half hour.",
    todo: "Read the number in Meta's Business Manager. Where it is connected, it resumes by itself at the next look; where not, disconnect it in the console.",
  },
  "console.refused": {
    means:
      "Somebody failed to sign in to the console: `reason` `token` or `access`; `key` stands for the address they came from.",
    todo: "Many of one `key`: somebody guesses. Attempts are limited already; put Access in front of `/console` if it is not.",
  },
  "conversion.settled": {
    means: "A conversion was reported to Meta: `outcome` says whether it was taken.",
    todo: "",
  },
  "credit.not_revoked": {
    means:
      "A credit line that was shared with an account was not taken back yet; `code` is Meta's.",
    todo: "Nothing: a sweep tries again every minute. After a day of it, take it back in Business Manager.",
  },
  "credit.revoked": { means: "A shared credit line was taken back.", todo: "" },
  "dead_letter.not_ended": {
    means:
      "A dead letter was done over and its work went through, and its row could not be taken away (`error`).",
    todo: "Nothing: it is open again in an hour; doing it over once more is harmless.",
  },
  "endpoint.attempt_failed": {
    means:
      "One post to a partner's address failed: `eventId`, `attempts` (which one it was), `reason` (`http_500`, `timeout`, `connection`, `redirect`, `refused_address`), `status`.",
    todo: "Nothing: it is tried again on its schedule, 8 times in 28 h. More `attempts` of one event: its endpoint is down, which is tried with the oldest.",
  },
  "endpoint.changed": {
    means: "An endpoint was made, changed, removed, or asked for a replay: `action`.",
    todo: "",
  },
  "endpoint.disabled": {
    means:
      "An endpoint gets nothing any more: it failed for 5 days (`failing`) or answered 410 (`gone`). What it misses stays in the log.",
    todo: "Tell the partner. When its server is back, enable the endpoint in the console: it goes on where it was.",
  },
  "endpoint.down": {
    means:
      "Nothing gets through to an endpoint; it is tried with the oldest event every 5 minutes.",
    todo: "Nothing for an hour; then tell the partner. Nothing is lost: all of it follows when it is up.",
  },
  "endpoint.failed_event": {
    means: "An event was given up after its last attempt (`eventId`).",
    todo: "When the partner's server is mended: replay what failed, in the console or by `POST /v1/endpoints/{id}/replays`.",
  },
  "endpoint.forgotten": {
    means:
      "`count` positions of the log were forgotten before this endpoint was told: it was away for longer than events are kept.",
    todo: "Tell the partner to read its conversations anew. If partners need longer, raise `EVENT_RETENTION_DAYS`.",
  },
  "endpoint.held_up": {
    means:
      "For a while nothing could be posted to an endpoint for a reason of ours: `reason` is `secret_unreadable`, `dns_unavailable` or `not_posted`; `ms` since when. Said once an hour.",
    todo: "`secret_unreadable`: a key of TOKEN_KEYS went too early, put it back. `dns_unavailable`: DOH_URL does not answer. `not_posted`: D1 or the object fails, see Cloudflare's status. All is told once it is over.",
  },
  "endpoint.left_behind": {
    means:
      "A sender whose events fail was set aside, so that the others of its shard go on; `count` of its events wait for it.",
    todo: "",
  },
  "endpoint.log_behind": {
    means:
      "A shard's log ends before what an endpoint was told of it: its database was put back in time, and new events would reach nobody.",
    todo: "Run `scripts/restore/shard.sql` on that shard: [backup and restore](operating.md#shards-region-backup-and-restore).",
  },
  "endpoint.log_unread": {
    means: "An endpoint's object could not read the log in D1; it tries again within a minute.",
    todo: "Nothing for minutes; then as for `flush.failed`.",
  },
  "endpoint.not_configured": {
    means: "An endpoint's object did not take its new configuration.",
    todo: "Nothing: the sweep `endpoints` tries again every minute.",
  },
  "endpoint.not_posted": {
    means:
      "An event was not posted, for a reason of ours (`reason`); tried again in 5 s, then less often.",
    todo: "`secret_unreadable`: the key that sealed the endpoint's secret is not in `TOKEN_KEYS`. Put it back. `not_posted`: `error` names what failed (D1, the object).",
  },
  "endpoint.not_rung": {
    means: "An endpoint was not told that there is something new.",
    todo: "Nothing: the sweep `endpoints` rings it within a minute.",
  },
  "endpoint.registry_owed": {
    means: "An endpoint's health could not be written to the registry; tried again in 30 s.",
    todo: "Nothing for minutes; then as for `flush.failed`.",
  },
  "endpoint.told": {
    means:
      "A run told `count` events to an endpoint with `attempts` posts. Lines of several requests name five of them (`requestIds`) and how many there were (`requests`).",
    todo: "",
  },
  "endpoint.unresolved": {
    means: "The DNS did not say where an endpoint's name leads, so nothing was posted there.",
    todo: "`DOH_URL` does not answer: see that it can be reached, or name another resolver. A name whose own servers fail is not this: its deliveries fail with `refused_address`.",
  },
  "endpoint.up": { means: "An endpoint that was down takes events again.", todo: "" },
  "erasure.advanced": {
    means: "A turn of an erasure took so many things out (`count`).",
    todo: "",
  },
  "erasure.done": {
    means: "A customer or a sender is erased.",
    todo: "",
  },
  "erasure.failed": {
    means: "A turn of an erasure failed; `reason` names the step.",
    todo: "Nothing: it goes on with the next sweep.",
  },
  "erasure.stuck": {
    means: "An erasure failed six times at one step (`reason`).",
    todo: "See why that store fails; the erasure goes on by itself once it answers.",
  },
  "export.broken": {
    means: "A download of a sender's data broke off in the middle; the caller sees it end early.",
    todo: "Nothing: the caller begins again. If each breaks: look at the shard of that sender.",
  },
  "flush.dead_fact": {
    means:
      "D1 refused `count` facts of a number for good; each lies in the dead letters, its neighbours are stored.",
    todo: "Open the dead letter in the console. Many since a deploy: its migrations were not applied; apply them. Then re-drive.",
  },
  "flush.done": {
    means:
      "A number's journal went to D1: `count` facts in `ms`. `requestIds` as in `endpoint.told`.",
    todo: "",
  },
  "flush.failed": {
    means:
      "A number's journal did not go to D1; `attempts` in a row. Facts are safe in the object, acks and sends go on, reading is behind.",
    todo: "Nothing for a minute. For longer: look at D1's state at Cloudflare and at the shard's size. `error` `Error:SQLITE_ERROR` since a deploy: its migrations were not applied.",
  },
  "graph.token_withheld": {
    means:
      "An answer of Meta held the number's token where it does not belong, and was not passed on.",
    todo: "Tell us, with the request id: Meta has changed an answer.",
  },
  "history.body_unreadable": {
    means: "A history body is no JSON that anybody can read; it is kept whole in the archive.",
    todo: "Fetch it from `oversize/` in R2 and ask Meta; the import shows a gap where it belongs.",
  },
  "history.body_waits": {
    means: "A history body waits for its number to be connected or confirmed.",
    todo: "",
  },
  "history.complete": { means: "An import is complete.", todo: "" },
  "history.dead_item": {
    means:
      "D1 refused one item of a history page for good; it is kept raw among the unrouted items.",
    todo: "Open it in the console, as for `flush.dead_fact`.",
  },
  "history.declined": { means: "The owner chose not to share the history.", todo: "" },
  "history.erased": {
    means: "Items of an import were left out, because their customers were erased.",
    todo: "",
  },
  "history.incomplete": {
    means:
      "An import ended with a gap: `count` chunks and `pages` pages missing, or Meta said an error (`code`).",
    todo: "Tell the partner: Meta sends history once for an onboarding. Missing pages: re-drive the history in the console.",
  },
  "history.stalled": {
    means:
      "An import was asked for and nothing has come for 2 h, or `count` chunks or `pages` pages are missing.",
    todo: "Ask the owner to open the app and keep it open. Pages missing: re-drive the history in the console.",
  },
  "history.stored": { means: "A chunk of history was stored: `count` messages.", todo: "" },
  "key.not_rehashed": {
    means: "A partner's key could not be hashed under the new pepper when it was used.",
    todo: "Nothing: its next use tries again.",
  },
  "key.refused": {
    means:
      "Thirty calls of a minute came with wrong partners' keys from one network, whose next are answered 429; `key` stands for the network.",
    todo: "Find whose client it is: as a rule one with an old key.",
  },
  "key.use_not_noted": {
    means: "The time of a key's last use was not written.",
    todo: "Nothing: the next use writes it.",
  },
  "media.deleted": {
    means:
      "Files were deleted by their retention. One that the partner deletes is told as an event alone.",
    todo: "",
  },
  "media.not_fetched": {
    means: "A file was not fetched from Meta: `reason`, `attempts`. Tried again for 7 days.",
    todo: "Nothing. All files of one number: its token; then `sender.blocked` says so.",
  },
  "media.not_noted": {
    means: "An upload went through, but whose it is was not written: only its own key can read it.",
    todo: "Nothing.",
  },
  "media.stored": { means: "A file of a message was stored.", todo: "" },
  "media.unavailable": {
    means: "A file will not come: Meta does not have it any more (`reason`). The partner is told.",
    todo: "Nothing can bring it back.",
  },
  "media.uploaded": { means: "A partner's file went to Meta.", todo: "" },
  "messages.expired": {
    means: "Messages older than the partner keeps them were taken out.",
    todo: "",
  },
  "move.advanced": {
    means: "A sender's move to another shard came a step further.",
    todo: "",
  },
  "move.done": {
    means: "A sender lives on another shard now.",
    todo: "",
  },
  "move.failed": {
    means: "A step of a move failed; it is tried again.",
    todo: "Nothing, for twenty times.",
  },
  "move.given_up": {
    means:
      "A move failed twenty times, or took twelve hours, and was given up: the sender goes on where it was. `reason` is the step; `registry_restored`: the move is of a time before a restore, and nothing was touched.",
    todo: "Look at the shard it was to go to, then move it again.",
  },
  "object.configured": { means: "A number's object took a configuration on.", todo: "" },
  "object.erased": {
    means:
      "`count` facts were dropped: of customers who were erased (with `sender`), or for a number that was erased and that nobody has connected since. The latter ends when the account is unsubscribed at Meta.",
    todo: "",
  },
  "object.failed": {
    means:
      "An object failed in its own work: `reason` `alarm` (it could not set one, or its work broke), `pump` (telling events); none: its journal or outbox.",
    todo: "Once is a restart of Cloudflare's. Each minute of one number or endpoint: tell us, with `error`.",
  },
  "object.unanswered": {
    means:
      "A number's or an endpoint's object did not answer a call: `reason` says which (`delivery`, `admit`, `settle`, `next`, `figures`, …). Each is tried again or has a fallback of its own. `metrics…`, `alarms`: D1 or R2 did not answer a look.",
    todo: "Nothing in the minute of a deploy. Later and for many numbers: look at Durable Objects at Cloudflare.",
  },
  "operator.not_counted": {
    means: "A refusal could not be counted.",
    todo: "Nothing.",
  },
  "operator.refused": {
    means: "A call to an operators' door had no valid token.",
    todo: "Many of them: somebody guesses. `GET /v1/admin/secrets` counts them by day.",
  },
  "queue.dead_letter": {
    means: "A queue's message failed at its last try, and lies in the dead letters under `key`.",
    todo: "Read why in the lines `queue.retry` of the same `requestId`, mend that, then re-drive it in the console.",
  },
  "queue.not_pointed": {
    means: "`count` messages could not be put into a queue.",
    todo: "Nothing: a sweep or an alarm finds the work within a minute.",
  },
  "queue.retry": {
    means: "A queue's message failed and is tried again: `queue`, `attempts`.",
    todo: "Nothing; after its last try `queue.dead_letter` says so.",
  },
  "request.failed": {
    means:
      "A request broke on a fault of ours: the caller got a 500 with this `requestId`. `reason` `not_durable`: a webhook could be put nowhere; Meta repeats it for 7 days.",
    todo: "`error` `Settings:NAME`: that var or secret is missing or malformed, and nothing is served until it is right. `not_durable` for minutes: D1, R2 and objects at Cloudflare. Else tell us, with `error`.",
  },
  "scheduled.behind": {
    means: "The hourly look woke numbers that had facts on their way to D1 (`count`).",
    todo: "",
  },
  "scheduled.failed": {
    means: "A sweep broke off: what it would heal is not healed until it runs again.",
    todo: "Nothing for once. The same `sweep` for 5 minutes: D1 or R2 at Cloudflare; else tell us, with `error`. `cut`: it came to no end in 14 minutes.",
  },
  "scheduled.skipped": {
    means:
      "A sweep left one sender (or one dead letter) out, whose object, account or database failed; the next round asks again.",
    todo: "Nothing. The same `sender` for hours: look at it in the console.",
  },
  "scheduled.slow": {
    means: "A sweep took longer than its turn; the others went on beside it.",
    todo: "Nothing for one. Always the same sweep: see how much it finds (`scheduled.swept`), and whether D1 or Graph is slow.",
  },
  "scheduled.swept": { means: "A sweep found `count` things to do.", todo: "" },
  "scheduled.unmarked": {
    means:
      "It could not be noted that a sweep is under way, so that it may run twice at once, which does no harm.",
    todo: "Nothing: D1 was away for a moment.",
  },
  "secret.key_unused": {
    means: "Nothing is sealed under an old key any more: `key` may be removed from TOKEN_KEYS.",
    todo: "",
  },
  "secret.not_noted": {
    means: "It could not be noted that a secret changed or is in use.",
    todo: "Nothing.",
  },
  "secret.not_visited": {
    means: "A record could not be looked at while secrets were sealed anew.",
    todo: "Nothing: the next round comes by again.",
  },
  "secret.unopened": {
    means:
      "A stored secret does not open with TOKEN_KEYS: `key` names the key that sealed it, `reason` is `key_gone` or `wrong_key`. What is queued waits; callers get 503 with 131016.",
    todo: "Put the named key back into TOKEN_KEYS (see [keys and secrets](operating.md#keys-and-secrets)). If it is lost: the owner signs up anew, the partner rotates the endpoint's secret.",
  },
  "send.not_carried": {
    means: "Carrying a queued send broke on a fault of ours; after a minute it counts as unknown.",
    todo: "Tell us, with `error`.",
  },
  "send.settled": {
    means: "A send has its outcome: `accepted`, `refused`, or `retriable`.",
    todo: "",
  },
  "send.unknown": {
    means:
      "Nobody can say whether Meta took a send (`reason`). A later status settles it; after an hour the partner is told.",
    todo: "Nothing. Many at once: Meta is slow or failing; see its status page.",
  },
  "sender.blocked": {
    means:
      "Meta refuses all that a number sends: `reason` is `payment`, `timezone`, `token` or `restricted`, `code` is Meta's. Queued sends wait.",
    todo: "`token`: have the owner sign up anew (`POST /v1/signup-sessions` with `kind` `reauthorise`). `payment`, `timezone`, `restricted`: the owner mends it in Business Manager; a look every 15 minutes lifts the block.",
  },
  "sender.corrected": {
    means:
      "The registry said something else of a number than the number's object, and was put right: `reason` is `state`, `shard` (where its messages are) or `move` (one that nobody remembers held its facts).",
    todo: "Nothing after a restore of the registry. Else tell us.",
  },
  "sender.detached": {
    means: "A partner gave a number up; `outcome` of the unsubscription.",
    todo: "",
  },
  "sender.disconnected": { means: "A connection ended: `reason`.", todo: "" },
  "sender.moved": {
    means:
      "A number came into a state: `action` (`active`, `paused`, `verifying`, `disconnected`), `reason`.",
    todo: "",
  },
  "sender.unblocked": { means: "What blocked a number is over.", todo: "" },
  "sender.warned": {
    means:
      "A connection ends by itself unless somebody acts: `reason` `sender.inactive_soon` (no sign of the phone for 10 days) or `sender.token_expiring`.",
    todo: "Inactive: the owner opens the app. Expiring: the owner signs up anew before the day.",
  },
  "sends.drained": { means: "A run sent `count` queued sends of one number.", todo: "" },
  "shard.unmeasured": {
    means: "The size of a shard could not be read, so no new number is placed on it.",
    todo: "Nothing: it is read again for the next number. If it stays, see whether that D1 answers.",
  },
  "signup.advanced": { means: "A signup came into a state: `action`.", todo: "" },
  "signup.event": {
    means: "Meta's popup said something: `action`, and its step as `reason`.",
    todo: "",
  },
  "signup.failed": {
    means: "A signup ended: `reason`. The owner sees why, and the partner can open another.",
    todo: "Nothing for one. The same `reason` for all: `npm run doctor` says what is missing.",
  },
  "signup.needs_help": {
    means:
      "A signup nobody confirmed could not be finished by itself: `reason` says what is missing. The 24 h for contacts and history end in 2 h.",
    todo: "Find the session in the console and tell the partner to confirm it.",
  },
  "signup.not_resumed": {
    means: "A signup that waits was not gone on with; tried again within minutes.",
    todo: "Nothing. The same `session` for an hour: look at it in the console.",
  },
  "signup.not_told": {
    means: "A step of a signup was not told to the partner; it is told with the next.",
    todo: "Nothing.",
  },
  "sync.refused": {
    means:
      "Meta refused to send contacts or history (`action`): `outcome` `expired` (the 24 h after the onboarding are over) or `failed`, with Meta's `code`. It can be asked for once.",
    todo: "Tell the partner. The history comes only with a new onboarding: the owner disconnects the number in the app and signs up again.",
  },
  "sync.requested": {
    means:
      "Contacts or history were asked for (`action`), once for an onboarding; `outcome` is Meta's answer, `unknown` where none came.",
    todo: "",
  },
  "webhook.accepted": {
    means: "A webhook is durable and was answered with 200: `count` facts, `bytes`, in `ms`.",
    todo: "",
  },
  "webhook.overflowed": {
    means: "`count` facts could not reach their number's object and lie in R2 `overflow/`.",
    todo: "Nothing: they are delivered within a minute of its return.",
  },
  "webhook.refused": {
    means:
      "A post to Meta's door was refused: `signature`, `too_large`, `not_an_object`. Anybody can post there.",
    todo: "`signature` for all that comes: `META_APP_SECRET` is not the app's. While it is rotated, keep the old one in `META_APP_SECRET_PREVIOUS`.",
  },
  "webhook.unrouted": {
    means:
      "`count` facts are of no number we know, or in no form we know (`reason`); they are kept raw. `unclaimed`: history of a number nobody connected within 8 days.",
    todo: "Look at the left-over items in the console. `unknown_field` after a change at Meta: tell us.",
  },
};
