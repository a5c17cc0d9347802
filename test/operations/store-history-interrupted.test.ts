import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { arrivalKey, INBOX } from "../../src/operations/archive-keys.ts";
import { storeHistoryBody } from "../../src/operations/store-history-body.ts";
import { interruptCall } from "../support/interrupt.ts";
import { seedSender, services } from "../support/seed.ts";
import { rowsOf } from "../support/storage.ts";
import { CUSTOMER, historyChunk, newWamid, seconds } from "../support/webhooks.ts";
import type { Moment } from "../support/interrupt.ts";
import type { TestNumber } from "../support/seed.ts";

const MESSAGES = 60;
/** Of a text: 60 of them make more than one page. */
const LENGTH = 8_000;

/** The one chunk of an import, as the door puts it away. @returns its key */
async function putAway(number: TestNumber): Promise<string> {
  const from = Date.now() - 30 * 86_400_000;
  const messages = Array.from({ length: MESSAGES }, (_, index) => ({
    from: index % 2 === 0 ? CUSTOMER : number.phone,
    ...(index % 2 === 0 ? {} : { to: CUSTOMER }),
    id: newWamid("old"),
    timestamp: seconds(from + index * 1_000),
    type: "text",
    text: { body: String(index).padEnd(LENGTH, ".") },
    history_context: { status: "READ", from_me: index % 2 !== 0 },
  }));
  const raw = JSON.stringify(historyChunk(number, { [CUSTOMER]: messages }));
  const key = arrivalKey(INBOX, Date.now(), raw);
  await env.ARCHIVE.put(key, raw, { customMetadata: { numbers: number.id } });
  return key;
}

/** Has a body stored by somebody who dies in it, and by the next one who is pointed at it. */
async function storeWith(nth: number, moment: Moment) {
  const { partner, number } = await seedSender();
  const key = await putAway(number);
  const wasInterrupted = await interruptCall({ nth, moment }, () =>
    storeHistoryBody(services(), key),
  );
  if (wasInterrupted) await storeHistoryBody(services(), key);
  const messages = await rowsOf(number, "messages");
  const chunks = await rowsOf(number, "history_chunks");
  const events = await partner.events(number.id);
  return {
    wasInterrupted,
    outcome: {
      messages: messages.length,
      historical: messages.filter(({ historical }) => historical === 1).length,
      chunks: chunks.map(({ pages, pages_stored: stored, messages }) => ({
        pages,
        stored,
        messages,
      })),
      types: events.map(({ type }) => type),
      seqs: events.map(({ seq }) => seq),
    },
  };
}

describe("a history body whose consumer dies in it", () => {
  it.for(["before", "after"] as const)(
    "%s any of its calls is stored once and to its end by the next one",
    { timeout: 60_000 },
    async (moment) => {
      const { outcome: undisturbed } = await storeWith(Number.POSITIVE_INFINITY, moment);
      expect(undisturbed).toMatchObject({ messages: MESSAGES, historical: MESSAGES });
      expect(undisturbed.chunks).toMatchObject([{ messages: MESSAGES }]);
      expect(undisturbed.types).toContain("history.completed");
      let interrupted = 0;
      for (let nth = 1; ; nth++) {
        const { wasInterrupted, outcome } = await storeWith(nth, moment);
        expect(outcome, `killed ${moment} call ${nth}`).toEqual(undisturbed);
        if (!wasInterrupted) break;
        interrupted += 1;
      }
      // The sender, the chunk, each page, the ledger, the body's end.
      expect(interrupted).toBeGreaterThan(5);
    },
  );
});
