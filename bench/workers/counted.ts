import worker, { PhoneNumber as Own } from "../../src/index.ts";

/*
 * Tandem's own Worker, and a count of the rows it is billed for: the figures that D1 and the
 * objects' cursors give with every answer are added up on their way. Nothing is replaced. Sweeps
 * do not run: what they write belongs to no message.
 */

/** What was written since the runtime began. */
interface Written {
  d1: number;
  objects: number;
  /** An alarm that is set is billed as a row. */
  alarms: number;
}

const written: Written = { d1: 0, objects: 0, alarms: 0 };
const patched = new WeakSet<object>();

export { Alarms } from "../../src/durable/alarms.ts";
export { Endpoint } from "../../src/durable/endpoint.ts";

export class PhoneNumber extends Own {
  constructor(ctx: DurableObjectState, env: Env) {
    countObject(ctx.storage);
    super(ctx, env);
  }
}

export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/rows-written") return Response.json(written);
    countDatabase(env.DB);
    return worker.fetch(request, env, ctx);
  },
  queue(batch, env) {
    countDatabase(env.DB);
    return worker.queue(batch, env);
  },
  scheduled() {},
} satisfies ExportedHandler<Env>;

/** Every database, and every statement of theirs, inherits from the same two prototypes. */
function countDatabase(database: D1Database): void {
  const databases = Object.getPrototypeOf(database) as Pick<D1Database, "batch">;
  if (patched.has(databases)) return;
  patched.add(databases);
  const { batch } = databases;
  databases.batch = async function counted<T>(this: D1Database, statements: D1PreparedStatement[]) {
    const results = await batch.call(this, statements);
    for (const { meta } of results) written.d1 += meta.rows_written;
    return results as D1Result<T>[];
  };
  const statements = Object.getPrototypeOf(database.prepare("SELECT 1")) as D1PreparedStatement;
  for (const name of ["run", "all"] as const) {
    const own = statements[name];
    statements[name] = async function counted<T>(this: D1PreparedStatement) {
      const result = await own.call(this);
      written.d1 += result.meta.rows_written;
      return result as D1Result<T>;
    };
  }
  // Its answer has no count; what writes by it (a claim, with RETURNING) is asked as `all`.
  statements.first = async function counted<T>(this: D1PreparedStatement) {
    const { results } = await this.all<T>();
    return results[0] ?? null;
  };
}

function countObject(storage: DurableObjectStorage): void {
  const sql = Object.getPrototypeOf(storage.sql) as Pick<SqlStorage, "exec">;
  if (patched.has(sql)) return;
  patched.add(sql);
  const { exec } = sql;
  sql.exec = function counted(this: SqlStorage, query: string, ...bindings: unknown[]) {
    const cursor = exec.call(this, query, ...bindings);
    written.objects += cursor.rowsWritten; // what a statement writes is written when exec returns
    return cursor;
  } as SqlStorage["exec"];
  const storages = Object.getPrototypeOf(storage) as Pick<DurableObjectStorage, "setAlarm">;
  const { setAlarm } = storages;
  storages.setAlarm = function counted(this: DurableObjectStorage, ...of) {
    written.alarms += 1;
    return setAlarm.apply(this, of);
  };
}
