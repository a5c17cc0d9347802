import { currentPlan, happens, pass, random } from "./disturber.ts";
import type { QueueDisturbance, QueueName } from "./plan.ts";

/*
 * The real bindings with somebody in between: each call passes through the plan in force and then
 * goes where it always goes. Errors read as the platform's own do (platform.md 1.2, 1.3).
 */

const LATE_S = 3;

const databaseFailure = () => new Error("D1_ERROR: Network connection lost.");
const archiveFailure = () => new Error("get: We encountered an internal error. (10001)");
const queueFailure = () => new Error("Queue send failed: Internal Server Error");
const objectFailure = () =>
  Object.assign(new Error("Network connection lost."), { retryable: true, remote: false });

const disturbed = new WeakMap<object, Env>();

/** The same environment for the same one, always: what is built on it is kept by it. */
export function disturbEnv(env: Env): Env {
  const known = disturbed.get(env);
  if (known !== undefined) return known;
  const made: Env = {
    ...env,
    DB: disturbDatabase(env.DB),
    DB_1: disturbDatabase(env.DB_1),
    ARCHIVE: disturbArchive(env.ARCHIVE),
    HISTORY: disturbQueue(env.HISTORY, "HISTORY"),
    SENDS: disturbQueue(env.SENDS, "SENDS"),
    MEDIA: disturbQueue(env.MEDIA, "MEDIA"),
    OVERFLOW: disturbQueue(env.OVERFLOW, "OVERFLOW"),
    PHONE: disturbNamespace(env.PHONE),
    ENDPOINT: disturbNamespace(env.ENDPOINT),
  };
  disturbed.set(env, made);
  // What was disturbed already, as an object's own environment is when it is handed on.
  disturbed.set(made, made);
  return made;
}

type Method = (...args: unknown[]) => unknown;

/** `target` with some of its methods replaced; the others run on `target` itself. */
function standIn<T extends object>(target: T, replace: (name: string) => Method | undefined): T {
  return new Proxy(target, {
    get(_, name) {
      const replaced = typeof name === "string" ? replace(name) : undefined;
      if (replaced !== undefined) return replaced;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** One of its methods, to be called on itself: a stub's know no `bind`, it would be a call too. */
function own(target: object, name: string): (...args: unknown[]) => PromiseLike<unknown> {
  const methods = target as Record<string, (...args: unknown[]) => PromiseLike<unknown>>;
  return (...args) => methods[name]?.(...args) ?? Promise.reject(new TypeError(name));
}

const RUNS = new Set(["first", "all", "run", "raw"]);
/** A batch takes the runtime's own statements. */
const realOf = new WeakMap<object, D1PreparedStatement>();

function disturbDatabase(database: D1Database): D1Database {
  return standIn(database, (name) => {
    if (name === "prepare") return (sql) => disturbStatement(database.prepare(sql as string));
    if (name === "batch") {
      return (statements) => {
        const real = (statements as D1PreparedStatement[]).map((one) => realOf.get(one) ?? one);
        return onDatabase(() => database.batch(real));
      };
    }
    return undefined;
  });
}

function disturbStatement(statement: D1PreparedStatement): D1PreparedStatement {
  const made = standIn(statement, (name) => {
    if (name === "bind") return (...values) => disturbStatement(statement.bind(...values));
    if (!RUNS.has(name)) return undefined;
    return (...args) => onDatabase(() => own(statement, name)(...args));
  });
  realOf.set(made, statement);
  return made;
}

function onDatabase<T>(work: () => PromiseLike<T>): Promise<T> {
  return pass("database", currentPlan().database, databaseFailure, work);
}

const ARCHIVE_CALLS = new Set(["get", "put", "head", "delete", "list", "createMultipartUpload"]);

function disturbArchive(archive: R2Bucket): R2Bucket {
  return standIn(archive, (name) => {
    if (!ARCHIVE_CALLS.has(name)) return undefined;
    return (...args) =>
      pass("archive", currentPlan().archive, archiveFailure, () => own(archive, name)(...args));
  });
}

function disturbQueue(queue: Queue, name: QueueName): Queue {
  return standIn(queue, (method) => {
    if (method === "send") {
      return (body, options) =>
        enqueue(queue, name, [{ body, ...(options as QueueSendOptions | undefined) }]);
    }
    if (method === "sendBatch") {
      return (messages, options) => {
        const { delaySeconds } = (options as QueueSendBatchOptions | undefined) ?? {};
        const delay = delaySeconds === undefined ? {} : { delaySeconds };
        return enqueue(
          queue,
          name,
          [...(messages as Iterable<MessageSendRequest>)].map((message) => ({
            ...delay,
            ...message,
          })),
        );
      };
    }
    return undefined;
  });
}

/** Message by message: losses and repeats are theirs, not the call's. */
async function enqueue(queue: Queue, name: QueueName, messages: MessageSendRequest[]) {
  const plan = currentPlan().queues;
  const faults = plan?.names === undefined || plan.names.includes(name) ? plan : undefined;
  return pass(`queue.${name}`, faults, queueFailure, async () => {
    const arriving = messages.flatMap((message) => fateOf(message, faults, name));
    if (arriving.length > 0) await queue.sendBatch(arriving);
  });
}

function fateOf(
  message: MessageSendRequest,
  faults: QueueDisturbance | undefined,
  name: QueueName,
): MessageSendRequest[] {
  if (happens(faults?.lost, `queue.${name}.lost`)) return [];
  const late = happens(faults?.late, `queue.${name}.late`)
    ? { ...message, delaySeconds: Math.ceil(random() * LATE_S) }
    : message;
  return happens(faults?.twice, `queue.${name}.twice`) ? [late, late] : [late];
}

function disturbNamespace<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
): DurableObjectNamespace<T> {
  return standIn(namespace, (name) => {
    if (name === "jurisdiction") {
      return (to) => disturbNamespace(namespace.jurisdiction(to as DurableObjectJurisdiction));
    }
    if (name !== "get" && name !== "getByName") return undefined;
    return (...args) => {
      const stubs = namespace as unknown as Record<string, (...args: unknown[]) => object>;
      return disturbStub(stubs[name]?.(...args) ?? {});
    };
  });
}

/** Every property of a stub is a method, until it is called. */
function disturbStub(stub: object): object {
  return standIn(stub, (name) => {
    if (name === "id" || name === "name") return undefined;
    return (...args) =>
      pass("objects", currentPlan().objects, objectFailure, () => own(stub, name)(...args));
  });
}
