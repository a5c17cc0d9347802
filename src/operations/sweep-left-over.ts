import {
  deleteUnroutedItems,
  listOldUnrouted,
  pruneAudit,
  pruneDeadLetters,
  pruneSignups,
} from "../database/forget-left-over.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { wasLately } from "../lib/was-lately.ts";
import { sweepShards } from "./sweep-each.ts";
import type { OldItem } from "../database/forget-left-over.ts";
import type { Services } from "../services.ts";

const DAY_MS = 24 * 3_600_000;
const AT_ONCE = 500;
const MARK = "left_over_pruned_at";

/**
 * Once a day: forgets what failed for good, what nobody could use (with the copy in the archive of
 * what fitted no row), signups that ended and, where that is set, the audit. Where there are more than
 * it takes at once, it goes on at the next call.
 *
 * @param atOnce of each; tests make it small
 * @returns how many are forgotten
 */
export async function sweepLeftOver(services: Services, atOnce = AT_ONCE): Promise<number> {
  const { registry, settings } = services;
  const now = services.now();
  if (wasLately(Number(await readMark(registry, MARK)), now, DAY_MS)) return 0;
  const before = (days: number) => now - days * DAY_MS;
  const leftOver = before(settings.LEFT_OVER_RETENTION_DAYS);
  const gone = [
    await pruneDeadLetters(registry, leftOver, atOnce),
    await pruneSignups(registry, before(settings.SIGNUP_RETENTION_DAYS), atOnce),
  ];
  if (settings.AUDIT_RETENTION_DAYS > 0) {
    gone.push(await pruneAudit(registry, before(settings.AUDIT_RETENTION_DAYS), atOnce));
  }
  await sweepShards(services, async (database) =>
    gone.push(await dropItems(services, database, listOldUnrouted(database, leftOver, atOnce))),
  );
  if (gone.every((count) => count < atOnce)) await writeMark(registry, MARK, String(now));
  return gone.reduce((sum, count) => sum + count, 0);
}

/** Forgets items that nobody could use, with their copies in the archive. @returns how many */
export async function dropItems(
  services: Services,
  database: D1Database,
  listed: Promise<OldItem[]>,
): Promise<number> {
  const items = await listed;
  const large = items.flatMap(({ archiveKey }) => archiveKey ?? []);
  // The copy first: without its row nobody would find it.
  if (large.length > 0) await services.archive.delete(large);
  if (items.length > 0) {
    await deleteUnroutedItems(
      database,
      items.map(({ id }) => id),
    );
  }
  return items.length;
}
