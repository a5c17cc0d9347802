import { expect, it, vi } from "vitest";
import { listAll } from "../../scripts/demo/tandem-client.ts";
import { Stage } from "./stage.ts";
import type { Business, HistoryScenario } from "../../simulator/simulator.ts";

/** TANDEM_IMPORT_MESSAGES=100000 for the long form. */
const MESSAGES = Number(process.env["TANDEM_IMPORT_MESSAGES"] || 5_000);
const CHUNKS = 50;
const TIMEOUT_MS = 60_000 + MESSAGES * 12;
/** Both runs look back from here, so that they hold the same messages. */
const ONBOARDED_AT = Date.parse("2026-11-01T09:00:00Z");

const PLAIN: HistoryScenario = {
  messages: MESSAGES,
  threads: 200,
  chunkMessages: Math.ceil(MESSAGES / CHUNKS),
  reactionShare: 0.02,
  editShare: 0.02,
  revokeShare: 0.01,
  untimedShare: 0.005,
  bsuidOnlyShare: 0.1,
  withoutFromMeShare: 0.1,
};

const TANGLED: HistoryScenario = {
  ...PLAIN,
  duplicateChunks: 0.2,
  reorder: true,
  regroup: true,
  overlapPhases: true,
  elementsPerPost: 2,
  loseChunks: 2 / CHUNKS,
  redeliverLost: true,
  redeliverAfterMs: 3_000,
};

it(
  `ends an import of ${MESSAGES} messages as the plain one ends, when chunks come twice, shuffled, ` +
    "cut anew, two of them late, and the gateway is killed in the middle",
  async () => {
    const plain = await importHistory(PLAIN, {});
    const tangled = await importHistory(TANGLED, { isShuffled: true, isKilled: true });
    expect(tangled.late).toBe(2);
    expect(tangled.wamids).toEqual(plain.wamids);
    expect(tangled.messages).toEqual(plain.messages);
    expect(tangled.contacts).toEqual(plain.contacts);
    expect(tangled.conversations).toEqual(plain.conversations);
    expect(tangled.listed).toEqual(plain.listed);
    expect([plain.sync, tangled.sync]).toEqual([DONE, DONE]);
    console.info(JSON.stringify({ plain: plain.report, tangled: tangled.report }));
  },
  2 * TIMEOUT_MS,
);

const DONE = { state: "complete", missing: [], missing_pages: 0 };

async function importHistory(
  history: HistoryScenario,
  { isShuffled = false, isKilled = false }: { isShuffled?: boolean; isKilled?: boolean },
) {
  const stage = await Stage.set();
  try {
    const { simulator } = stage;
    const business = simulator.createBusiness({ customers: 20, contacts: 40, history });
    business.firstOnboardedAt = ONBOARDED_AT;
    if (isShuffled) simulator.setDelivery({ shuffle: true, duplicates: 0.05 });
    const startedAt = Date.now();
    await stage.signUp(business);
    const lateChunks = history.redeliverLost ? 2 : 0;
    const { historyChunks } = simulator.ledger.of(business.wabaId);
    const killedAt = isKilled ? await killInTheMiddle(stage, business) : null;
    const isComplete = async () => {
      const { state, missing, missing_pages } = await stage.readHistory(business);
      // Asked after the state was read: what was late by then is in it.
      if (state === "complete" && historyChunks.late < lateChunks) wasTooEarly = true;
      expect(state).toBe("complete");
      return { state, missing, missing_pages };
    };
    let wasTooEarly = false;
    const sync = await vi.waitFor(isComplete, { timeout: TIMEOUT_MS, interval: 500 });
    expect(wasTooEarly).toBe(false);
    const seconds = (Date.now() - startedAt) / 1000;
    await simulator.idle(TIMEOUT_MS);
    const end = await vi.waitFor(() => readEnd(stage, business), {
      timeout: 30_000,
      interval: 500,
    });
    const webhooks = simulator.ledger.report(false);
    return {
      ...end,
      sync,
      late: historyChunks.late,
      report: {
        messages: end.wamids.length,
        seconds,
        killedAt,
        historyChunks,
        webhooks: webhooks.webhooks,
      },
    };
  } finally {
    await stage.strike();
  }
}

/** SIGKILL to the whole group once a fifth of the chunks have come. @returns pages stored by then */
async function killInTheMiddle(stage: Stage, business: Business): Promise<number> {
  await vi.waitFor(
    async () => expect((await stage.readHistory(business)).storedPages).toBeGreaterThan(CHUNKS / 5),
    { timeout: TIMEOUT_MS, interval: 20 },
  );
  const { storedPages, state } = await stage.readHistory(business);
  expect(state).toBe("importing");
  await stage.serve.killGroup();
  await stage.startAgain();
  return storedPages;
}

type Read = Record<string, unknown>;

/** All that the API reads out of an import, without the files: Meta makes them anew each time. */
async function readEnd({ partner, simulator }: Stage, business: Business) {
  const path = `/v1/senders/${business.phoneNumberId}`;
  const messages: Read[] = [];
  for await (const message of listAll<Read & { type: string }>(partner, `${path}/messages`)) {
    const { [message.type]: content, media: _file, ...rest } = message;
    const isMedia = typeof content === "object" && content !== null && "sha256" in content;
    messages.push(isMedia ? rest : message);
  }
  const contacts: Read[] = [];
  for await (const { changed_at: _now, ...contact } of listAll<Read>(partner, `${path}/contacts`)) {
    contacts.push(contact);
  }
  const listed: Read[] = [];
  for await (const one of listAll<Read & { last_message: Read }>(
    partner,
    `${path}/conversations`,
  )) {
    listed.push({ ...one, last_message: one.last_message["wamid"] });
  }
  const conversations = await Promise.all(
    business.customers.map(async ({ phone, bsuid }) => {
      const read = (name: string) =>
        partner.get<{ data: { wamid: string }[] }>(`${path}/messages?customer=${name}&limit=500`);
      const { data } = await read(phone);
      const { data: byBsuid } = await read(bsuid);
      return [phone, data.map(({ wamid }) => wamid), byBsuid.map(({ wamid }) => wamid)];
    }),
  );
  const wamids = messages.map(({ wamid }) => String(wamid));
  expect(wamids.toSorted()).toEqual([...simulator.historyWamids(business)].toSorted());
  expect(contacts).toHaveLength(40);
  return { messages, wamids, contacts, conversations, listed };
}
