import { listVerifying } from "../database/senders.ts";
import { log } from "../lib/log.ts";
import { requestIdNow } from "../lib/request-id.ts";
import { disconnectSender } from "./disconnect-sender.ts";
import { judgeConnection } from "./judge-connection.ts";
import { logSkipped, sweepInTurn } from "./sweep-each.ts";
import type { Sender } from "../database/senders.ts";
import type { Doubt } from "../durable/sender-state.ts";
import type { Services } from "../services.ts";
import type { Swept } from "./sweep-each.ts";

const AT_ONCE = 20;
const MARK = "sweep.connections";
/** Without a clear answer for so long, a number is paused: its sends stay held. */
const INCONCLUSIVE_MS = 3_600_000;

/**
 * Looks at senders in doubt: Meta says that they were removed, names an account of several numbers,
 * or a send found the access lost.
 *
 * @returns how many were looked at
 */
export async function verifyConnections(services: Services): Promise<Swept> {
  return sweepInTurn(
    services,
    MARK,
    listVerifying,
    AT_ONCE,
    (sender) => verify(services, sender),
    (sender, err) => logSkipped("connections", err, sender.key),
  );
}

async function verify(services: Services, sender: Sender): Promise<void> {
  const phone = services.phone(sender.phoneNumberId);
  const inspection = await phone.inspect();
  if (inspection === null || inspection.state.phase !== "verifying") return;
  const { credentials, about, state } = inspection;
  if (about.senderKey !== sender.key) return; // it moved to another partner since
  const token = await services.vault.open(credentials.token, credentials.tokenBoundTo);
  const leftAt = services.now();
  const verdict = await judgeConnection(services, token, sender);
  switch (verdict.is) {
    case "lost":
      await disconnectSender(services, sender, reasonOfLoss(state.reason), about);
      return;
    case "gone":
      await disconnectSender(services, sender, "number_gone", about);
      return;
    case "well":
      await phone.moveTo("active", null, "sender.resumed", about, requestIdNow());
      return;
    case "off": {
      const reason = state.reason === "ACCOUNT_OFFBOARDED" ? state.reason : "number_off";
      await phone.moveTo("paused", reason, "sender.paused", about, requestIdNow());
      return;
    }
    case "refused":
      await phone.noteRefusal(verdict.effect, verdict.code, leftAt);
      break;
    case "unclear":
  }
  if (services.now() - sender.stateAt > INCONCLUSIVE_MS) await giveUp(services, sender, about);
}

/** Of an account of several numbers Meta said that it paused: this one is lost for good. */
function reasonOfLoss(reason: string | null): string {
  const isPause = reason === "ACCOUNT_OFFBOARDED" || reason === "ACCOUNT_RECONNECTED";
  return reason === null || isPause ? "access_lost" : reason;
}

/** Sends stay held, and a person is told: the half-hourly look goes on. */
async function giveUp(services: Services, sender: Sender, about: Doubt): Promise<void> {
  const phone = services.phone(sender.phoneNumberId);
  if (!(await phone.moveTo("paused", "unverified", "sender.paused", about, requestIdNow()))) return;
  log.error("connection.unverified", { sender: sender.key, reason: sender.stateReason ?? "" });
  const at = services.now();
  await phone.ingest(
    [
      {
        kind: "notice",
        key: `n:unverified:${about.generation}:${about.stateAt}`,
        field: "tandem_connection",
        at,
        notice: { about: { kind: "number", id: sender.phoneNumberId }, state: "unverified" },
        detail: {},
      },
    ],
    at,
    requestIdNow(),
  );
}
