import { readMark, writeMark } from "../database/marks.ts";
import { countConnected, listConnected } from "../database/senders.ts";
import { log } from "../lib/log.ts";
import { wasLately } from "../lib/was-lately.ts";
import { correctSender } from "./correct-sender.ts";
import { logSkipped, markRound, readRound, SIDE_BY_SIDE, sweepEach } from "./sweep-each.ts";
import type { Services } from "../services.ts";
import type { Swept } from "./sweep-each.ts";

const EVERY_MS = 3_600_000;
/**
 * A round takes so many sweeps, one a minute, which leaves ten minutes of the hour. With 10,000
 * numbers a sweep wakes 200: six side by side at some 100 ms (an object that has to be loaded) are
 * 4 s, and 200 of the 10,000 calls that a Worker may make. SWEEP_MS is met at 150,000 numbers.
 */
const SLICES = 50;
/** Fewer are not worth a slice. */
const AT_LEAST = 50;
const MARK = "sweep.senders";

/**
 * Wakes every connected sender's object once an hour, some at a time: an alarm that the platform
 * dropped is the only thing that could leave a journal, a queued send or an unknown one lying.
 *
 * @returns found: how many were to be woken
 */
export async function sweepSenders(services: Services): Promise<Swept> {
  const { registry } = services;
  const round = readRound(await readMark(registry, MARK));
  const now = services.now();
  if (round.after === 0 && wasLately(round.startedAt, now, EVERY_MS)) {
    return { found: 0, done: 0, left: 0 };
  }
  const limit = Math.max(AT_LEAST, Math.ceil((await countConnected(registry)) / SLICES));
  const senders = await listConnected(registry, round.after, limit);
  let behind = 0;
  const { visited, ...swept } = await sweepEach(
    services,
    senders,
    async (sender) => {
      const standing = await services.phone(sender.phoneNumberId).wake();
      if (standing.journal > 0) behind += 1;
      await correctSender(services, sender, standing);
    },
    (sender, err) => logSkipped("senders", err, sender.key),
    SIDE_BY_SIDE,
  );
  // Facts that were on their way to D1; those of one stuck object are there the next hour, too.
  if (behind > 0) log.info("scheduled.behind", { sweep: "senders", count: behind });
  const keys = senders.map(({ key }) => key);
  await writeMark(registry, MARK, markRound(round, keys, { visited, limit, now }));
  return swept;
}
