import type { Business, NewBusiness } from "./businesses.ts";
import { createBusiness } from "./businesses.ts";
import type { Clock } from "./clock.ts";
import { FaultBox } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { MediaStore } from "./media-store.ts";
import { popupBehaviourSchema } from "./popup/behaviour.ts";
import { createRandom, hashOf } from "./random.ts";
import { runContacts } from "./scenarios/contacts-run.ts";
import { runHistory } from "./scenarios/history-run.ts";
import { playLive } from "./scenarios/live-run.ts";
import type { LiveScenario } from "./scenarios/live-scenario.ts";
import { postWebhook, valueOf } from "./webhooks/post-webhook.ts";
import type { Delivery } from "./webhooks/webhook-queue.ts";
import type { World } from "./world.ts";
import { WEBHOOK_FIELDS } from "./world.ts";

export type Recording = {
  business: NewBusiness;
  /** The onboarding, epoch ms: history looks back from here, live traffic begins here. */
  onboardedAt: number;
  live?: LiveScenario;
  /** Same seed, same webhooks. */
  seed: number;
};

/**
 * All that Meta would tell of one business, written down and not sent: history with its media, the
 * address book, live traffic. Needs no port and no time; runs wherever there are `node:crypto`,
 * `node:zlib` and `Buffer`.
 *
 * @returns webhook bodies as text, in the order in which they would leave
 */
export async function recordBusiness(recording: Recording): Promise<string[]> {
  const { onboardedAt, seed } = recording;
  const bodies: string[] = [];
  const clock = standingClock(onboardedAt);
  const world: World = {
    settings: {
      port: 0,
      appId: "0",
      appSecret: "",
      configId: "",
      verifyToken: undefined,
      webhookUrl: undefined,
      timeScale: 1,
      seed,
      ratePerSecond: 20,
      rateWindowMs: 950,
      pairToleranceMs: 250,
      webhookConcurrency: 1,
      webhookTimeoutMs: 0,
      statusDelays: { sentMs: null, deliveredMs: null, readMs: null },
      partnerPortfolioId: "720000000000001",
      systemToken: undefined,
      creditId: "570000000000001",
      log: () => undefined,
    },
    clock,
    random: createRandom(seed),
    ledger: new Ledger(),
    faults: new FaultBox(createRandom(seed + 1)),
    media: new MediaStore(clock, createRandom(seed + 2)),
    webhooks: {
      pending: 0,
      retryNow: () => undefined,
      setMode: () => undefined,
      stop: () => undefined,
      add(_field, body): Delivery {
        bodies.push(body.toString("latin1"));
        return { first: Promise.resolve(200), done: Promise.resolve("delivered") };
      },
    },
    businesses: new Map(),
    numbers: new Map(),
    codes: new Map(),
    tokens: new Map(),
    templates: new Map(),
    popup: { behaviour: popupBehaviourSchema.parse({}), dialogs: new Map() },
    app: { callbackUrl: "http://nowhere.invalid/", fields: new Set(WEBHOOK_FIELDS) },
    openRuns: 0,
    url: "",
  };
  const business = createBusiness(world, recording.business);
  business.isShared = true;
  business.isSubscribed = true;
  business.onboarding = { startedAt: onboardedAt, spent: new Set(), requests: [] };
  business.firstOnboardedAt = onboardedAt;
  runContacts(world, business);
  await runHistory(world, business);
  const before = bodies.length;
  playLive(world, business, { startsAt: onboardedAt, ...recording.live });
  uploadLive(world, business, bodies.slice(before));
  return bodies;
}

/**
 * A part of the live texts once more, as history: what came while the phone was uploading is in
 * both (protocol.md 6, row 10). In an element without metadata: no number of a chunk is taken twice.
 */
function uploadLive(world: World, business: Business, bodies: readonly string[]): void {
  const values = bodies.map((body) => {
    const { entry } = JSON.parse(body) as { entry: { changes: { value: LiveValue }[] }[] };
    return entry[0]?.changes[0]?.value ?? {};
  });
  const threads = values.flatMap(({ messages = [], message_echoes = [] }) =>
    [...messages, ...message_echoes]
      .filter(({ type }) => type === "text")
      .filter(({ id }) => hashOf("uploaded", id) % 3 === 0)
      .map(({ from_user_id, to, to_user_id, ...message }) => {
        const isFromMe = message_echoes.length > 0;
        const phone = isFromMe ? to : message.from;
        const context = { user_id: isFromMe ? to_user_id : from_user_id };
        // No more than that: a phone does not call read what failed on its way.
        const history_context = isFromMe ? { from_me: true, status: "sent" } : { status: "read" };
        return {
          ...(phone === undefined ? {} : { id: phone }),
          context,
          messages: [{ ...message, history_context }],
        };
      }),
  );
  const value = valueOf(business, { history: [{ threads }] });
  postWebhook(world, { business, field: "history", value });
}

type LiveMessage = {
  id: string;
  type: string;
  from?: string;
  from_user_id?: string;
  to?: string;
  to_user_id?: string;
};
type LiveValue = { messages?: LiveMessage[]; message_echoes?: LiveMessage[] };

/** Time stands still: a step says itself when it happened, and nothing is waited for. */
function standingClock(at: number): Clock {
  return {
    now: () => at,
    sleep: () => Promise.resolve(),
    after: () => () => undefined,
    advance: () => undefined,
    stop: () => undefined,
  };
}
