import { log } from "../lib/log.ts";
import type { JournalRow } from "./journal.ts";

/** What happened to a number itself, once D1 has it: of its messages only the number is logged. */
export function logTurns(sender: number, rows: readonly JournalRow[]): void {
  for (const { fact, requestId } of rows) {
    const about = { ...(requestId != null && { requestId }), sender };
    if (fact.kind === "state") {
      const { phase, reason } = fact.state;
      log.info("sender.moved", { ...about, action: phase, ...(reason !== null && { reason }) });
    } else if (fact.kind === "block") {
      const { kind: reason, code } = fact.block;
      if (fact.over) log.info("sender.unblocked", { ...about, reason });
      else log.error("sender.blocked", { ...about, reason, code });
    } else if (fact.kind === "warning") {
      log.error("sender.warned", { ...about, reason: fact.event });
    }
  }
}
