/** So many failures cost nothing; each further one doubles the pause. */
const FREE_FAILURES = 5;
const MAX_PAUSE_MS = 15 * 60_000;
/** After so long without an attempt an address begins anew. */
const FORGOTTEN_MS = 24 * 3_600_000;

/**
 * Takes an attempt to sign in from an address, which counts as failed until it is forgiven: of many
 * at once, each counts.
 *
 * @param address a hash; addresses themselves are nobody's business here
 * @returns false while the pause after the last failure lasts
 */
export async function takeAttempt(
  registry: D1Database,
  address: string,
  now: number,
): Promise<boolean> {
  const [, taken] = await registry.batch([
    registry.prepare(`DELETE FROM sign_in_attempts WHERE at < ?1`).bind(now - FORGOTTEN_MS),
    registry
      .prepare(
        `INSERT INTO sign_in_attempts (address, failures, at) VALUES (?1, 1, ?2)
         ON CONFLICT (address) DO UPDATE SET failures = failures + 1, at = excluded.at
         WHERE failures < ?3 OR at + min(1000 << min(failures - ?3, 10), ?4) <= excluded.at
         RETURNING failures`,
      )
      .bind(address, now, FREE_FAILURES, MAX_PAUSE_MS),
  ]);
  return (taken?.results.length ?? 0) > 0;
}

/** Somebody at this address has a token: what failed before was a slip. */
export async function forgiveAttempts(registry: D1Database, address: string): Promise<void> {
  await registry.prepare(`DELETE FROM sign_in_attempts WHERE address = ?1`).bind(address).run();
}
