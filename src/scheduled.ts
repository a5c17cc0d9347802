import { errorKind, log } from "./lib/log.ts";
import { servicesOf } from "./services.ts";
import { checkConnections } from "./operations/check-connections.ts";
import { noteSweeps } from "./operations/note-sweeps.ts";
import { recheckBlocks } from "./operations/recheck-blocks.ts";
import { sweepArchive } from "./operations/sweep-archive.ts";
import { sweepBodies } from "./operations/sweep-bodies.ts";
import { sweepConversions } from "./operations/sweep-conversions.ts";
import { sweepContacts } from "./operations/sweep-contacts.ts";
import { sweepCredit } from "./operations/sweep-credit.ts";
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
import { sweepSenders } from "./operations/sweep-senders.ts";
import { sweepSignups } from "./operations/sweep-signups.ts";
import { sweepUploads } from "./operations/sweep-uploads.ts";
import { verifyConnections } from "./operations/verify-connections.ts";
import type { Services } from "./services.ts";

/** Every sweep by name: bounded, repeatable; returns how much it found to do. */
const SWEEPS: Record<string, (services: Services) => Promise<number>> = {
  bodies: sweepBodies,
  history: sweepHistory,
  contacts: sweepContacts,
  conversions: sweepConversions,
  overflow: sweepOverflow,
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
  mark: noteSweeps,
};

/** Runs every minute in production, every 10 s under `serve`; one failing sweep stops no other. */
export async function runSweeps(env: Env): Promise<void> {
  const services = servicesOf(env);
  for (const [sweep, run] of Object.entries(SWEEPS)) {
    const startedAt = services.now();
    try {
      const count = await run(services);
      if (count > 0) log.info("scheduled.swept", { sweep, count, ms: services.now() - startedAt });
    } catch (err) {
      log.error("scheduled.failed", { sweep, error: errorKind(err) });
    }
  }
}
