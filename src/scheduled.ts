import { errorKind, log } from "./lib/log.ts";
import { newWorkId, underRequestId } from "./lib/request-id.ts";
import { servicesOf } from "./services.ts";
import { checkConnections } from "./operations/check-connections.ts";
import { endBusySweep, listBusySweeps, noteBusySweep } from "./operations/busy-sweeps.ts";
import { noteSecrets } from "./operations/note-secrets.ts";
import { noteSweeps } from "./operations/note-sweeps.ts";
import { reportAlarms, reportSweep } from "./operations/report-alarms.ts";
import { recheckBlocks } from "./operations/recheck-blocks.ts";
import { sweepArchive } from "./operations/sweep-archive.ts";
import { sweepBodies } from "./operations/sweep-bodies.ts";
import { sweepConversions } from "./operations/sweep-conversions.ts";
import { sweepContacts } from "./operations/sweep-contacts.ts";
import { sweepCredit } from "./operations/sweep-credit.ts";
import { sweepDeadLetters, sweepLettersDone } from "./operations/sweep-dead-letters.ts";
import { sweepEndpoints } from "./operations/sweep-endpoints.ts";
import { sweepErasures } from "./operations/sweep-erasures.ts";
import { sweepEvents } from "./operations/sweep-events.ts";
import { sweepHistory } from "./operations/sweep-history.ts";
import { sweepLooseChanges } from "./operations/sweep-loose-changes.ts";
import { sweepMedia } from "./operations/sweep-media.ts";
import { sweepMediaRetention } from "./operations/sweep-media-retention.ts";
import { sweepLeftOver } from "./operations/sweep-left-over.ts";
import { sweepMessageRetention } from "./operations/sweep-message-retention.ts";
import { sweepMoves } from "./operations/sweep-moves.ts";
import { sweepOverflow } from "./operations/sweep-overflow.ts";
import { sweepSealed } from "./operations/sweep-sealed.ts";
import { sweepSenders } from "./operations/sweep-senders.ts";
import { sweepSignups } from "./operations/sweep-signups.ts";
import { sweepUploads } from "./operations/sweep-uploads.ts";
import { verifyConnections } from "./operations/verify-connections.ts";
import type { Swept } from "./operations/sweep-each.ts";
import type { Services } from "./services.ts";

/** Returns what it came to, or how many it found and did. */
export type Sweep = (services: Services) => Promise<number | Swept>;

/**
 * Every sweep by name, as docs/operating.md lists them: bounded, repeatable, also beside itself. The
 * cron runs each in a call of its own (Sweeper), which has D1's 1,000 queries (platform.md 1.2) for
 * itself. At their bounds with two shards: history 210, signups 150, contacts 130, events 125, letters and bodies
 * 105, the rest below 100.
 */
export const SWEEPS: Record<string, Sweep> = {
  bodies: (services) => sweepBodies(services),
  history: sweepHistory,
  contacts: sweepContacts,
  conversions: sweepConversions,
  overflow: sweepOverflow,
  dead_letters: sweepDeadLetters,
  letters_done: sweepLettersDone,
  media: sweepMedia,
  retention: sweepMediaRetention,
  message_retention: (services) => sweepMessageRetention(services),
  left_over: (services) => sweepLeftOver(services),
  senders: sweepSenders,
  endpoints: sweepEndpoints,
  signups: sweepSignups,
  uploads: sweepUploads,
  erasures: sweepErasures,
  moves: sweepMoves,
  loose_changes: (services) => sweepLooseChanges(services),
  archive: sweepArchive,
  events: (services) => sweepEvents(services),
  // Before those in doubt: a number is not looked at twice in one go.
  checks: checkConnections,
  connections: verifyConnections,
  credit: sweepCredit,
  blocks: recheckBlocks,
  secrets: noteSecrets,
  sealed: sweepSealed,
  mark: noteSweeps,
};

/** An invocation writes 25 points at most. */
const POINTS_MAX = 24;

/**
 * Between two sweeps whoever stands at the door comes in. Under `serve` D1 answers in the same
 * process, and the runtime takes such answers before anything from outside: without a timer a call
 * waits until all sweeps are through, a tenth of a second each time.
 */
const LET_IN_MS = 1;

/** How long sweeps may take. Tests make it short. */
export interface Patience {
  /** A sweep that takes longer keeps none waiting: the next begins beside it. */
  turnMs: number;
  /** From here on it says that it is under way, so that the call a minute later leaves it alone. */
  busyMs: number;
  /** What is under way then goes with the call, which ends after 15 min (platform.md 1.1). */
  callMs: number;
}

const PATIENCE: Patience = { turnMs: 20_000, busyMs: 5_000, callMs: 14 * 60_000 };

/**
 * Runs every minute in production, every 10 s under `serve`. One failing sweep stops no other, and a
 * slow one only delays them: with each of them at `turnMs` the last begins after 7 min.
 */
export async function runSweeps(
  env: Env,
  sweeps: Record<string, Sweep> = SWEEPS,
  patience: Patience = PATIENCE,
): Promise<void> {
  const services = servicesOf(env);
  const busy = await listBusySweeps(services);
  const underWay = new Map<string, Promise<void>>();
  const seen: Seen[] = [];
  const startedAt = services.now();
  for (const [name, sweep] of Object.entries(sweeps)) {
    if (busy.has(name)) continue;
    const run = underRequestId(newWorkId("sweep"), () =>
      runSweep(services, name, sweep, patience, seen),
    ).then(() => void underWay.delete(name));
    underWay.set(name, run);
    if (!(await endsWithin(run, patience.turnMs))) log.warn("scheduled.slow", { sweep: name });
    await services.sleep(LET_IN_MS);
  }
  // How these end is not known yet, nor how those do that another call is at.
  const late = [...underWay.keys()];
  const isDown = await reportAlarms(services, failedOf(seen), [...busy, ...late]);
  const left = patience.callMs - (services.now() - startedAt);
  await endsWithin(Promise.all(underWay.values()), left);
  for (const sweep of underWay.keys()) log.error("scheduled.failed", { sweep, reason: "cut" });
  const failed = new Set([...failedOf(seen), ...underWay.keys()]);
  if (!isDown) await Promise.all(late.map((name) => reportSweep(services, name, failed.has(name))));
  for (const { sweep, ...values } of seen.slice(0, POINTS_MAX)) {
    services.measure("sweep", sweep, values);
  }
}

/** A sweep that found something, or failed. */
interface Seen {
  sweep: string;
  outcome: "swept" | "failed";
  count: number;
  ms: number;
}

function failedOf(seen: readonly Seen[]): string[] {
  return seen.filter(({ outcome }) => outcome === "failed").map(({ sweep }) => sweep);
}

/** Never rejects. */
async function runSweep(
  services: Services,
  name: string,
  sweep: Sweep,
  { busyMs }: Patience,
  seen: Seen[],
): Promise<void> {
  const startedAt = services.now();
  const isBusy = noteBusySweep(services, name, busyMs);
  try {
    const swept = await sweep(services);
    const { found, done, left } =
      typeof swept === "number" ? { found: swept, done: swept, left: 0 } : swept;
    const ms = services.now() - startedAt;
    if (found === 0) return;
    log.info("scheduled.swept", { sweep: name, found, count: done, left, ms });
    seen.push({ sweep: name, outcome: "swept", count: done, ms });
  } catch (err) {
    log.error("scheduled.failed", { sweep: name, error: errorKind(err) });
    seen.push({ sweep: name, outcome: "failed", count: 0, ms: services.now() - startedAt });
  } finally {
    await endBusySweep(services, name, isBusy);
  }
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, ms));
  });
  const ended = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return ended;
}
