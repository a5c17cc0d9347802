import { readMark, writeMark } from "../database/marks.ts";
import { countConnected, listCheckable } from "../database/senders.ts";
import { log } from "../lib/log.ts";
import { requestIdNow } from "../lib/request-id.ts";
import { wasLately } from "../lib/was-lately.ts";
import { disconnectSender } from "./disconnect-sender.ts";
import { judgeConnection } from "./judge-connection.ts";
import { logSkipped, markRound, readRound, SIDE_BY_SIDE, sweepEach } from "./sweep-each.ts";
import type { Sender } from "../database/senders.ts";
import type { Inspection } from "../durable/sender-state.ts";
import type { Services } from "../services.ts";
import type { Swept } from "./sweep-each.ts";

/** Events get lost, or were never subscribed to (protocol.md 4.2): so often each number is looked at. */
const EVERY_MS = 30 * 60_000;
/**
 * A round is spread over this many sweeps, one a minute. With 10,000 numbers a sweep looks at 400, at
 * two to four calls each: 1,600 of the 10,000 that a Worker may make, and some 40 s at half a second
 * a look, six side by side. From 12,000 on a round takes longer than the half hour.
 */
const SLICES = 25;
const MARK = "sweep.checks";
/** What a pause came from that a look at the number may end; an operator's hold is not among them. */
const LOOK_MAY_RESUME = new Set(["ACCOUNT_OFFBOARDED", "number_off", "unverified"]);

/**
 * Looks at every connected number each half hour, some a sweep: finds connections that ended
 * without a word, resumes what came back without one, and learns when tokens expire. What changed
 * within the half hour was looked at then.
 *
 * @returns how many were looked at
 */
export async function checkConnections(services: Services): Promise<Swept> {
  const round = readRound(await readMark(services.registry, MARK));
  const now = services.now();
  if (round.after === 0 && wasLately(round.startedAt, now, EVERY_MS)) {
    return { found: 0, done: 0, left: 0 };
  }
  const limit = Math.ceil(Math.max(1, await countConnected(services.registry)) / SLICES);
  const senders = await listCheckable(services.registry, now - EVERY_MS, round.after, limit);
  const { visited, ...swept } = await sweepEach(
    services,
    senders,
    (sender) => check(services, sender),
    (sender, err) => logSkipped("checks", err, sender.key),
    SIDE_BY_SIDE,
  );
  const keys = senders.map(({ key }) => key);
  await writeMark(services.registry, MARK, markRound(round, keys, { visited, limit, now }));
  return swept;
}

async function check(services: Services, sender: Sender): Promise<void> {
  const phone = services.phone(sender.phoneNumberId);
  const inspection = await phone.inspect();
  if (inspection === null || inspection.about.senderKey !== sender.key) return;
  const { credentials, about, wantsExpiry } = inspection;
  const token = await services.vault.open(credentials.token, credentials.tokenBoundTo);
  await look(services, sender, token, inspection);
  if (!wantsExpiry) return;
  const debugged = await services.graph.debugToken(token);
  if ("expiresAt" in debugged) await phone.noteTokenExpiry(about, debugged.expiresAt);
}

async function look(
  services: Services,
  sender: Sender,
  token: string,
  { about, state }: Inspection,
): Promise<void> {
  const phone = services.phone(sender.phoneNumberId);
  const leftAt = services.now();
  const verdict = await judgeConnection(services, token, sender);
  switch (verdict.is) {
    case "lost":
      log.warn("connection.lost", { sender: sender.key, reason: "access_lost" });
      await disconnectSender(services, sender, "access_lost", about);
      return;
    case "gone":
      log.warn("connection.lost", { sender: sender.key, reason: "number_gone" });
      await disconnectSender(services, sender, "number_gone", about);
      return;
    case "off":
      if (state.phase === "active")
        await phone.moveTo("paused", "number_off", "sender.paused", about, requestIdNow());
      return;
    case "well":
      if (state.phase === "paused" && LOOK_MAY_RESUME.has(state.reason ?? "")) {
        await phone.moveTo("active", null, "sender.resumed", about, requestIdNow());
      }
      return;
    case "refused":
      await phone.noteRefusal(verdict.effect, verdict.code, leftAt);
      return;
    case "unclear": // the next round asks again
  }
}
