/**
 * Where somebody was refused who did not show to be an operator: a wrong token at /v1/admin, or at
 * the console's sign-in; or Cloudflare Access did not vouch.
 */
export type RefusalDoor = "api" | "console" | "access";

/** Refusals of one day (UTC) at one door. */
export interface Refusals {
  /** 2026-11-23 */
  day: string;
  door: RefusalDoor;
  count: number;
  /** Epoch ms. */
  lastAt: number;
}

/** Days that are kept. */
const KEPT = 90;

/** Adds to a day's count, and forgets days of long ago. */
export async function addRefusals(
  registry: D1Database,
  door: RefusalDoor,
  count: number,
  at: number,
): Promise<void> {
  await registry.batch([
    registry
      .prepare(
        `INSERT INTO refusals (day, door, count, last_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (day, door) DO UPDATE SET count = count + excluded.count,
           last_at = max(last_at, excluded.last_at)`,
      )
      .bind(dayOf(at), door, count, at),
    registry.prepare(`DELETE FROM refusals WHERE day < ?1`).bind(dayOf(at - KEPT * 86_400_000)),
  ]);
}

/** The days since, the newest first. @param since epoch ms; its whole day */
export async function listRefusals(registry: D1Database, since: number): Promise<Refusals[]> {
  const { results } = await registry
    .prepare(
      `SELECT day, door, count, last_at AS lastAt FROM refusals WHERE day >= ?1
       ORDER BY day DESC, door`,
    )
    .bind(dayOf(since))
    .all<Refusals>();
  return results;
}

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
