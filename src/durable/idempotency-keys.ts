/** Keys are kept a day (design: Sending). */
const KEEP_MS = 24 * 3_600_000;

/** Which send an Idempotency-Key stands for, by its number in the outbox. */
export class IdempotencyKeys {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(key: string, now: number): { bodyHash: string; n: number } | undefined {
    const [row] = this.#sql
      .exec<{ body_hash: string; n: number }>(
        `SELECT body_hash, n FROM idempotency WHERE key = ? AND at >= ?`,
        key,
        now - KEEP_MS,
      )
      .toArray();
    return row === undefined ? undefined : { bodyHash: row.body_hash, n: row.n };
  }

  note(key: string, bodyHash: string, n: number, now: number): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO idempotency (key, body_hash, n, at) VALUES (?, ?, ?, ?)`,
      key,
      bodyHash,
      n,
      now,
    );
  }

  prune(now: number): void {
    this.#sql.exec(`DELETE FROM idempotency WHERE at < ?`, now - KEEP_MS);
  }

  clear(): void {
    this.#sql.exec(`DELETE FROM idempotency`);
  }
}
