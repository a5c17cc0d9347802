import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";

/** Whether what is interrupted was done already. */
export type Moment = "before" | "after";

/**
 * Kills an object in the middle of its `nth` call to D1 or to a queue that comes while `work` runs:
 * before the call leaves, or when it is done and its answer is on the way. Whoever made the call never
 * hears of it. The calls themselves are the real ones.
 *
 * @returns whether there was an nth call
 */
export async function interruptCall(
  stub: DurableObjectStub,
  nth: number,
  moment: Moment,
  work: () => Promise<unknown>,
): Promise<boolean> {
  const kill = await runInDurableObject(stub, (_object, state) => () => state.abort("killed"));
  const interrupted = Promise.withResolvers<true>();
  let calls = 0;
  const disturb = async <T>(call: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls !== nth) return call();
    if (moment === "after") await call();
    interrupted.resolve(true);
    kill();
    return new Promise<T>(() => undefined);
  };
  const restore = wrapCalls(disturb);
  try {
    // What was asked of the killed object fails; that is what it is about.
    const ended = work().then(
      () => false,
      (err: unknown) => calls >= nth || Promise.reject(err),
    );
    return await Promise.race([interrupted.promise, ended]);
  } finally {
    restore();
  }
}

/** @returns what puts everything back */
function wrapCalls(disturb: <T>(call: () => Promise<T>) => Promise<T>): () => void {
  const database = Object.getPrototypeOf(env.DB) as Pick<D1Database, "batch">;
  const statement = Object.getPrototypeOf(env.DB.prepare("SELECT 1")) as D1PreparedStatement;
  const queue = Object.getPrototypeOf(env.MEDIA) as Pick<Queue, "sendBatch">;
  const { batch } = database;
  const { run, all, first } = statement;
  const { sendBatch } = queue;
  database.batch = function disturbed<T>(this: D1Database, ...of: Parameters<typeof batch>) {
    return disturb(() => batch.apply(this, of) as Promise<D1Result<T>[]>);
  } as typeof batch;
  for (const [name, own] of Object.entries({ run, all, first })) {
    Object.assign(statement, {
      [name](this: D1PreparedStatement, ...of: []) {
        return disturb(() => own.apply(this, of) as Promise<unknown>);
      },
    });
  }
  queue.sendBatch = function disturbed(this: Queue, ...of) {
    return disturb(() => sendBatch.apply(this, of));
  };
  return () => {
    Object.assign(database, { batch });
    Object.assign(statement, { run, all, first });
    Object.assign(queue, { sendBatch });
  };
}
