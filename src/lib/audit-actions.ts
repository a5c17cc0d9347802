/**
 * Everything operators do that is written down, by the name it has in the audit: `noun.verb`, and
 * what it is in a sentence. A deed that is not here cannot be noted, and a door of operators that
 * notes none fails its test (test/routes/operator-doors.test.ts).
 */
export const AUDIT_ACTIONS = {
  "alarm.acknowledge": "Saw an alarm, which is not repeated any more.",
  "alarm.test": "Had a test alarm posted to the operators' webhook.",
  "console.sign_in": "Signed in to the console with an operator token.",
  "console.sign_out": "Signed out of the console.",
  "content.read": "Looked at names and texts of a sender's customers, page by page.",
  "content.switched_off": "Hid a sender's content again before its 15 minutes were over.",
  "content.switched_on": "Had a sender's content shown for 15 minutes, for the reason given.",
  "customer.erase": "Had a customer of a sender erased, under all their names.",
  "dead_letter.discard": "Threw a dead letter away, for the reason given.",
  "dead_letter.redrive": "Had something done over that had failed for good.",
  "dead_letter.redrive_all": "Had all dead letters of one kind done over.",
  "delivery.retry": "Had one event told once more to a partner's endpoint.",
  "endpoint.cancel_replay": "Ended a replay of a partner's endpoint.",
  "endpoint.enable": "Enabled a partner's endpoint, which is told what it missed.",
  "endpoint.pause": "Paused a partner's endpoint: only an operator can enable it.",
  "endpoint.replay": "Had a partner's endpoint told again what it failed at, or a time range.",
  "endpoint.retry": "Had everything told again that an endpoint had not taken.",
  "history.redrive": "Had the parts of an import that are not stored pointed at again.",
  "key.change": "Changed what a partner's key may do.",
  "key.create": "Made a partner's key, and saw it this once.",
  "key.revoke": "Ended a partner's key.",
  "key.rotate": "Gave a partner's key another secret, and saw it this once.",
  "partner.change": "Changed a partner's name, logo or retention.",
  "partner.create": "Made a partner.",
  "partner.remove": "Removed a partner that had left, with its keys, endpoints and signups.",
  "sender.detach": "Gave a number up: webhooks ended, token erased.",
  "sender.erase": "Had a disconnected sender erased with everything about it.",
  "sender.import": "Brought a connected number along with its token.",
  "sender.move": "Had a sender moved to another shard.",
  "sends.hold": "Held a number's sends.",
  "sends.release": "Let a number's sends go on.",
  "signup.open": "Made an owner's link.",
  "unrouted.discard": "Threw an item away that nobody could use, for the reason given.",
  "unrouted.redrive": "Had an item taken in again that nobody could use before.",
  "unrouted.redrive_all": "Had all items taken in again that nobody could use before.",
} as const satisfies Record<string, string>;

export type Deed = keyof typeof AUDIT_ACTIONS;
/** What is noted before it is done and then fails is noted once more, as failed. */
export type AuditAction = Deed | `${Deed}.failed`;
