import { claimSync, noteNotRequested, noteSyncAnswer, releaseSync } from "../database/syncs.ts";
import { log } from "../lib/log.ts";
import { settledHome } from "./settled-home.ts";
import type { SyncAnswer, SyncKind } from "../database/syncs.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/** Meta's code for a sync asked for after the 24 h of an onboarding (protocol.md 1.9). */
const TOO_LATE = 2593108;

/**
 * Asks Meta for contacts or history: one shot per kind and onboarding (protocol.md 1.9). The
 * intent is stored before the call, so nobody fires it again; a time-out may have spent it, and
 * then only what arrives will tell.
 *
 * @returns false when the shot was claimed before
 */
export async function requestSync(
  services: Services,
  sender: Sender,
  token: string,
  kind: SyncKind,
): Promise<boolean> {
  const database = await settledHome(services, sender);
  const claimed = await claimSync(database, sender.key, sender.generation, kind, services.now());
  if (!claimed) return false;
  if (kind === "contacts") {
    try {
      await services.phone(sender.phoneNumberId).expectContacts();
    } catch (err) {
      await releaseSync(database, sender.key, sender.generation, kind);
      throw err;
    }
  }
  const result = await services.graph.requestSync(token, sender.phoneNumberId, kind);
  const answer = readAnswer(result);
  await noteSyncAnswer(database, sender.key, sender.generation, kind, answer);
  const line = { sender: sender.key, action: kind, outcome: answer.state };
  if ("failed" in result && result.failed.kind === "error") {
    log.error("sync.refused", { ...line, code: result.failed.code ?? result.failed.status });
  } else log.info("sync.requested", line);
  return true;
}

/** The signup does without: shown as that, and never stalled. */
export async function skipSync(services: Services, sender: Sender, kind: SyncKind): Promise<void> {
  const database = await settledHome(services, sender);
  await noteNotRequested(database, sender.key, sender.generation, kind);
  log.info("sync.requested", { sender: sender.key, action: kind, outcome: "not_requested" });
}

function readAnswer(result: Awaited<ReturnType<Services["graph"]["requestSync"]>>): SyncAnswer {
  if ("requestId" in result) return { state: "requested", requestId: result.requestId };
  const { failed } = result;
  return failed.kind === "error"
    ? {
        state: failed.code === TOO_LATE ? "expired" : "failed",
        error: { code: failed.code, status: failed.status },
      }
    : { state: "unknown", error: { why: failed.kind === "unknown" ? failed.why : "no_answer" } };
}
