import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";

/** Whether what is interrupted was done already. */
export type Moment = "before" | "after";

export interface Interruption {
  /** Of the calls to D1 or to a queue that come while the work runs, from 1. */
  nth: number;
  moment: Moment;
  /** Whose work it is: this object dies. Left out, it is a Worker's: nobody hears of it again. */
  object?: DurableObjectStub;
}

/**
 * Ends some work in the middle of its `nth` call: before the call leaves, or when it is done and its
 * answer is on the way. Whoever made the call never hears of it. The calls are the real ones.
 *
 * @returns whether there was an nth call
 */
export async function interruptCall(
  { nth, moment, object }: Interruption,
  work: () => Promise<unknown>,
): Promise<boolean> {
  const kill =
    object === undefined
      ? () => undefined
      : await runInDurableObject(object, (_object, state) => () => state.abort("killed"));
  const interrupted = Promise.withResolvers<true>();
  let calls = 0;
  const disturb: Disturb = async (call) => {
    calls += 1;
    if (calls !== nth) return call();
    if (moment === "after") await call();
    interrupted.resolve(true);
    kill();
    return new Promise(() => undefined);
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

type Disturb = (call: () => Promise<unknown>) => Promise<unknown>;

/** Every database, statement and queue inherits its calls. @returns what puts everything back */
function wrapCalls(disturb: Disturb): () => void {
  const wrapped = [
    wrap(env.DB, ["batch"], disturb),
    wrap(env.DB.prepare("SELECT 1"), ["run", "all", "first"], disturb),
    wrap(env.MEDIA, ["sendBatch"], disturb),
  ];
  return () => {
    for (const restore of wrapped) restore();
  };
}

function wrap(one: object, names: string[], disturb: Disturb): () => void {
  type Calls = Record<string, (...of: unknown[]) => Promise<unknown>>;
  const calls = Object.getPrototypeOf(one) as Calls;
  const own = Object.fromEntries(names.map((name) => [name, calls[name]])) as Calls;
  for (const [name, call] of Object.entries(own)) {
    calls[name] = function disturbed(this: unknown, ...of: unknown[]) {
      return disturb(() => call.apply(this, of));
    };
  }
  return () => void Object.assign(calls, own);
}
