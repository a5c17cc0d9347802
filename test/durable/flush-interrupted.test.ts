import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { interruptCall } from "../support/interrupt.ts";
import { deliver, seedSender, services } from "../support/seed.ts";
import { rowsOf, runObjectSql, senderOf } from "../support/storage.ts";
import {
  change,
  CUSTOMER,
  echoes,
  inbound,
  newWamid,
  seconds,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import { buildWamid } from "../support/wamids.ts";
import type { Moment } from "../support/interrupt.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** One message as the customer names it who is known by phone, and by id (protocol.md 6, row 1). */
function twoWamids(): { ofPhone: string; ofBsuid: string } {
  tokens += 1;
  const token = `F1A5${String(tokens).padStart(16, "0")}`;
  return { ofPhone: buildWamid(CUSTOMER, token), ofBsuid: buildWamid("US.9001", token) };
}

let tokens = 0;

/** An edit whose message has not come: it waits in D1. */
function early(number: TestNumber, edited: string) {
  return inbound(number, {
    ...textMessage({ wamid: newWamid("edit"), at: Date.now() - 7_000 }),
    type: "edit",
    edit: {
      original_message_id: edited,
      message: { type: "text", text: { body: "At five." } },
    },
  });
}

/**
 * One webhook that brings what a flush has a way of its own for: rows, the message that an edit waits
 * for, a status before its message, a contact, a step of the account (which has a row in the registry
 * too).
 */
function everything(number: TestNumber, edited: string) {
  const now = Date.now();
  const message = textMessage({ wamid: newWamid("in"), at: now - 9_000 });
  const parts = [
    inbound(number, message),
    inbound(number, textMessage({ wamid: edited, at: now - 8_000 })),
    echoes(number, { id: newWamid("echo"), timestamp: seconds(now - 6_000) }),
    statuses(number, { id: newWamid("stranger"), status: "delivered" }),
    change(number, "smb_app_state_sync", {
      state_sync: [
        {
          type: "contact",
          action: "add",
          contact: { full_name: "Ines Roth", phone_number: CUSTOMER },
          metadata: { timestamp: seconds(now - 5_000) },
        },
      ],
    }),
    change(number, "account_update", { event: "ACCOUNT_OFFBOARDED" }),
  ];
  return {
    object: "whatsapp_business_account",
    entry: parts.flatMap((part) => part.entry),
  };
}

/** What a partner was told and what is stored, without what differs between two runs. */
async function outcomeOf(partner: Partner, number: TestNumber) {
  const events = await partner.events(number.id);
  const messages = await rowsOf(number, "messages");
  return {
    types: events.map(({ type }) => type).toSorted(),
    seqs: events.map(({ seq }) => seq),
    ids: new Set(events.map(({ id }) => id)).size,
    messages: messages
      .map(({ type, status, body, edited_at: at }) => ({
        type,
        status,
        body,
        isEdited: at !== null,
      }))
      .toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1)),
    contacts: (await rowsOf(number, "contacts")).length,
    loose: (await rowsOf(number, "loose_changes")).length,
    state: (await senderOf(number)).state,
    journal: await runObjectSql(number.id, "SELECT n FROM journal"),
  };
}

/** Takes everything in; kills the object at one call of the flush; waits until it is all told. */
async function flushWith(nth: number, moment: Moment) {
  const { partner, number } = await seedSender();
  const { ofPhone, ofBsuid } = twoWamids();
  await deliver(number, early(number, ofBsuid));
  const answer = await webhook(everything(number, ofPhone));
  expect(answer.status).toBe(200); // from here on it is durable
  const wasInterrupted = await interruptCall(
    { nth, moment, object: env.PHONE.getByName(number.id) },
    () => services().phone(number.id).flushed(),
  );
  await services().phone(number.id).wake();
  await expect.poll(() => services().phone(number.id).flushed()).toBe(true);
  return { wasInterrupted, outcome: await outcomeOf(partner, number) };
}

describe("a flush whose object dies in it", () => {
  it.for(["before", "after"] as const)(
    "%s any of its calls: nothing is lost, nothing is told twice, no number is missing",
    { timeout: 60_000 },
    async (moment) => {
      const undisturbed = await flushWith(Number.POSITIVE_INFINITY, moment);
      expect(undisturbed.outcome.messages.length).toBeGreaterThanOrEqual(4);
      expect(undisturbed.outcome.seqs).toEqual(upTo(undisturbed.outcome.types.length));
      expect(undisturbed.outcome.journal).toEqual([]);
      let interrupted = 0;
      for (let nth = 1; ; nth++) {
        const { wasInterrupted, outcome } = await flushWith(nth, moment);
        expect(outcome, `killed ${moment} call ${nth}`).toEqual(undisturbed.outcome);
        if (!wasInterrupted) break;
        interrupted += 1;
      }
      // The registry's row of the state, the batch, the changes that waited: three at least.
      expect(interrupted).toBeGreaterThanOrEqual(3);
    },
  );
});
