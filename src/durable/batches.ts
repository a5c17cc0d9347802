import { newId } from "../lib/ids.ts";
import type { Outbox, OutboxRow } from "./outbox.ts";
import type { BatchView } from "./send-types.ts";

interface Batch {
  sender: number;
  first: number;
  last: number;
  at: number;
}

/** Bulk calls of one number: each is a range of the outbox, which holds its sends. */
export class Batches {
  readonly #sql: SqlStorage;
  readonly #outbox: Outbox;

  constructor(sql: SqlStorage, outbox: Outbox) {
    this.#sql = sql;
    this.#outbox = outbox;
  }

  /** @returns the id of the batch */
  note(batch: Batch): string {
    const id = newId("batch");
    this.#sql.exec(
      `INSERT INTO batches (id, sender, first, last, at) VALUES (?, ?, ?, ?, ?)`,
      id,
      batch.sender,
      batch.first,
      batch.last,
      batch.at,
    );
    return id;
  }

  /** How its sends stand; null for an id that this sender never got, or whose sends are pruned. */
  view(id: string, sender: number): BatchView | null {
    const batch = this.#find(id, sender);
    if (batch === undefined) return null;
    const states = this.#outbox.countStates(batch.first, batch.last);
    const total = batch.last - batch.first + 1;
    return { batch: id, admittedAt: batch.at, total, states };
  }

  /**
   * Its sends behind the `after`th, in the order they were given.
   *
   * @returns `next`: where the next page begins, null after the last
   */
  sends(
    id: string,
    sender: number,
    after: number,
    limit: number,
  ): { rows: OutboxRow[]; next: number | null } | null {
    const batch = this.#find(id, sender);
    if (batch === undefined) return null;
    const rows = this.#outbox.range(batch.first + after, batch.last, limit);
    const last = rows.length === limit ? (rows.at(-1)?.n ?? batch.last) : batch.last;
    return { rows, next: last === batch.last ? null : last + 1 - batch.first };
  }

  /** Those of its sends that still wait. */
  queued(id: string, sender: number): OutboxRow[] | null {
    const batch = this.#find(id, sender);
    return batch === undefined ? null : this.#outbox.queuedIn(batch.first, batch.last);
  }

  /** The batch that a send came with. */
  of(n: number, sender: number): string | undefined {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM batches WHERE sender = ? AND first <= ? AND last >= ?`,
        sender,
        n,
        n,
      )
      .toArray()[0]?.id;
  }

  /** Forgets batches whose sends are all forgotten: some may wait for a week. */
  prune(before: number): void {
    this.#sql.exec(
      `DELETE FROM batches WHERE at < ?
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE n BETWEEN batches.first AND batches.last)`,
      before,
    );
  }

  #find(id: string, sender: number): Batch | undefined {
    return this.#sql
      .exec<Batch & Record<string, SqlStorageValue>>(
        `SELECT sender, first, last, at FROM batches WHERE id = ? AND sender = ?`,
        id,
        sender,
      )
      .toArray()[0];
  }
}
