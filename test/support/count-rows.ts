import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";

export interface RowsWritten {
  /** Billed rows of D1, by its own count (`meta.rows_written`). */
  d1: number;
  /** Billed rows of objects, by their cursors' own count; their alarms are not among them. */
  objects: number;
  total: number;
}

/**
 * Counts the rows that are written in batches of D1 and in objects while `work` runs. Nothing is
 * replaced: each call goes through, and the figure that comes with its answer is read.
 */
export async function countRows(work: () => Promise<unknown>): Promise<RowsWritten> {
  const written: RowsWritten = { d1: 0, objects: 0, total: 0 };
  const database = Object.getPrototypeOf(env.DB) as Pick<D1Database, "batch">;
  const sql = await sqlPrototype();
  const { batch } = database;
  const { exec } = sql;
  database.batch = async function counted<T>(this: D1Database, statements: D1PreparedStatement[]) {
    const results = await batch.call(this, statements);
    for (const { meta } of results) written.d1 += meta.rows_written;
    return results as D1Result<T>[];
  };
  sql.exec = function counted(this: SqlStorage, query: string, ...bindings: unknown[]) {
    const cursor = exec.call(this, query, ...bindings);
    written.objects += cursor.rowsWritten; // what a statement writes is written when exec returns
    return cursor;
  } as SqlStorage["exec"];
  try {
    await work();
  } finally {
    database.batch = batch;
    sql.exec = exec;
  }
  written.total = written.d1 + written.objects;
  return written;
}

/** What every object's `storage.sql` inherits from. */
function sqlPrototype(): Promise<Pick<SqlStorage, "exec">> {
  const stub = env.PHONE.getByName("whose-storage-is-looked-at");
  return runInDurableObject(
    stub,
    (_object, state) => Object.getPrototypeOf(state.storage.sql) as SqlStorage,
  );
}
