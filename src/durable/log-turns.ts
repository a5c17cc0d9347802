import { log } from "../lib/log.ts";
import type { JournalRow } from "./journal.ts";

/** What happened to a number itself, once D1 has it: its messages are only counted. */
export function logTurns(sender: number, rows: readonly JournalRow[]): void {
  for (const { fact, requestId } of rows) {
    const about = { ...(requestId != null && { requestId }), sender };
    switch (fact.kind) {
      case "state": {
        const { phase, reason } = fact.state;
        log.info("sender.moved", { ...about, action: phase, ...(reason !== null && { reason }) });
        break;
      }
      case "block": {
        const { kind: reason, code } = fact.block;
        if (fact.over) log.info("sender.unblocked", { ...about, reason });
        else log.error("sender.blocked", { ...about, reason, code });
        break;
      }
      case "warning":
        log.error("sender.warned", { ...about, reason: fact.event });
        break;
      default: // of what customers and the owner write nothing is said here
    }
  }
}
