import type { Business } from "./businesses.ts";
import type { Clock } from "./clock.ts";
import { createClock } from "./clock.ts";
import { FaultBox } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { MediaStore } from "./media-store.ts";
import type { PopupBehaviour } from "./popup/behaviour.ts";
import { popupBehaviourSchema } from "./popup/behaviour.ts";
import type { Dialog } from "./popup/dialog.ts";
import type { Random } from "./random.ts";
import { createRandom } from "./random.ts";
import { WebhookQueue } from "./webhooks/webhook-queue.ts";

/** Simulated ms after acceptance; null = that status never comes. */
export type StatusDelays = {
  sentMs: number | null;
  deliveredMs: number | null;
  readMs: number | null;
};

export type Settings = {
  port: number;
  appId: string;
  appSecret: string;
  /** The app's configuration of Facebook Login for Business: `config_id` of a popup. */
  configId: string;
  verifyToken: string | undefined;
  webhookUrl: string | undefined;
  timeScale: number;
  seed: number;
  /** Messages in and out that one number may have within `rateWindowMs` (real ms). */
  ratePerSecond: number;
  rateWindowMs: number;
  /** How much too early a message to the same user may come, real ms (rules/pair-rate.ts). */
  pairToleranceMs: number;
  /** Webhooks on their way at once. */
  webhookConcurrency: number;
  /** Real ms until a webhook counts as unanswered. */
  webhookTimeoutMs: number;
  statusDelays: StatusDelays;
  /** Portfolio of the partner whose app this is: entry.id of PARTNER_* webhooks. */
  partnerPortfolioId: string;
  /** A system user's token that reaches every WABA shared with the partner. */
  systemToken: string | undefined;
  /** The partner's extended credit line (protocol.md 1.7). */
  creditId: string;
  log: (problem: string) => void;
};

/** The fields a coexistence app ticks; `setWebhookUrl` ticks them all. */
export const WEBHOOK_FIELDS = [
  "messages",
  "smb_message_echoes",
  "smb_app_state_sync",
  "history",
  "account_update",
  "account_alerts",
  "account_review_update",
  "phone_number_quality_update",
  "phone_number_name_update",
  "message_template_status_update",
  "user_preferences",
  "automatic_events",
  "business_capability_update",
  "security",
  "standby",
  "messaging_handovers",
] as const;

export type Template = {
  id: string;
  name: string;
  language: string;
  category: string;
  status: string;
  components: unknown[];
};

/** Everything this Meta knows. Lives in memory, ends with the process. */
export type World = {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly faults: FaultBox;
  readonly media: MediaStore;
  /** Where webhooks go; a recording has one that only keeps them. */
  readonly webhooks: Pick<WebhookQueue, "add" | "pending" | "retryNow" | "setMode" | "stop">;
  readonly businesses: Map<string, Business>;
  readonly numbers: Map<string, Business>;
  readonly codes: Map<string, { wabaId: string; issuedAt: number; spentAt?: number }>;
  readonly tokens: Map<
    string,
    { wabaIds: Set<string>; issuedAt: number; expiresAt: number | null }
  >;
  readonly templates: Map<string, Template[]>;
  /** How popups behave, and those that are open. */
  readonly popup: { behaviour: PopupBehaviour; dialogs: Map<string, Dialog> };
  /** Where the app wants its webhooks, and which. */
  readonly app: { callbackUrl: string | undefined; fields: Set<string> };
  /** Things under way that will still make webhooks: history runs, statuses. */
  openRuns: number;
  /** `http://127.0.0.1:PORT`, known once it listens. */
  url: string;
};

export function createWorld(settings: Settings): World {
  const clock = createClock(settings.timeScale);
  const random = createRandom(settings.seed);
  const ledger = new Ledger();
  return {
    settings,
    clock,
    random,
    ledger,
    faults: new FaultBox(createRandom(settings.seed + 1)),
    media: new MediaStore(clock, createRandom(settings.seed + 2)),
    webhooks: new WebhookQueue({
      clock,
      ledger,
      random: createRandom(settings.seed + 3),
      appSecret: settings.appSecret,
      concurrency: settings.webhookConcurrency,
      timeoutMs: settings.webhookTimeoutMs,
      log: settings.log,
    }),
    businesses: new Map(),
    numbers: new Map(),
    codes: new Map(),
    tokens: new Map(),
    templates: new Map(),
    popup: { behaviour: popupBehaviourSchema.parse({}), dialogs: new Map() },
    app: {
      callbackUrl: settings.webhookUrl,
      fields: new Set(settings.webhookUrl ? WEBHOOK_FIELDS : []),
    },
    openRuns: 0,
    url: "",
  };
}

/**
 * Runs something that will make webhooks later, so that `idle` waits for it. Its failure is a bug of
 * the simulator and goes to the log.
 */
export function runLater(world: World, delayMs: number, task: () => Promise<void> | void): void {
  world.openRuns++;
  world.clock.after(delayMs, () => {
    void (async () => {
      try {
        await task();
      } catch (err) {
        world.settings.log(
          `simulator: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}`,
        );
      } finally {
        world.openRuns--;
      }
    })();
  });
}
