import { AsyncLocalStorage } from "node:async_hooks";
import type { Bill } from "../lib/bill.ts";

/*
 * What Cloudflare bills for, counted where it is asked for: by patching the prototypes that every
 * binding, statement and object inherits from. Nothing is replaced and nothing is sampled.
 */

const QUEUE_UNIT_BYTES = 64_000;

const bill: Bill = {
  requests: 0,
  d1Written: 0,
  d1Read: 0,
  objectRequests: 0,
  objectMs: 0,
  objectWritten: 0,
  objectRead: 0,
  alarms: 0,
  queueOperations: 0,
  archiveWrites: 0,
  archiveReads: 0,
  logLines: 0,
  points: 0,
};

export function currentBill(): Response {
  return Response.json(bill);
}

const patched = new WeakSet<object>();
/** Whose work is being done: set while an object's method runs, and in all that it starts. */
const working = new AsyncLocalStorage<Wakefulness>();

/** How long an object may not sleep, however many of its works overlap. */
class Wakefulness {
  #works = 0;
  #since = 0;

  begin(): void {
    if (this.#works === 0) this.#since = performance.now();
    this.#works += 1;
  }

  end(): void {
    this.#works -= 1;
    if (this.#works === 0) bill.objectMs += performance.now() - this.#since;
  }

  while<T>(work: Promise<T>): Promise<T> {
    this.begin();
    return work.finally(() => this.end());
  }
}

/** To be called at the start of every invocation. */
export function billInvocation(env: object): void {
  bill.requests += 1;
  for (const binding of Object.values(env) as unknown[]) {
    if (typeof binding !== "object" || binding === null) continue;
    if ("prepare" in binding) billDatabase(binding as D1Database);
    else if ("createMultipartUpload" in binding) billArchive(binding as R2Bucket);
    else if ("sendBatch" in binding) billQueue(binding as Queue);
    else if ("writeDataPoint" in binding) billPoints(binding as AnalyticsEngineDataset);
  }
}

/** What a queue's batch costs: each message was read, and is deleted or read again. */
export function billBatch({ messages }: MessageBatch): void {
  bill.queueOperations += 2 * messages.length;
}

/** Counts all calls of an object's class, what they write, and how long it is kept awake. */
export function billObject(object: { prototype: object }): void {
  const awake = new WeakMap<object, Wakefulness>();
  const methods = object.prototype as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(methods)) {
    const own = Object.getOwnPropertyDescriptor(methods, name)?.value as unknown;
    if (name === "constructor" || typeof own !== "function") continue;
    methods[name] = function billed(this: { ctx: DurableObjectState }, ...of: unknown[]) {
      const mine = awake.get(this) ?? new Wakefulness();
      awake.set(this, mine);
      if (working.getStore() === mine) return own.apply(this, of) as unknown;
      billStorage(this.ctx.storage);
      bill.objectRequests += 1;
      return working.run(mine, () => {
        mine.begin();
        let answer: unknown;
        try {
          answer = own.apply(this, of);
        } finally {
          if (!(answer instanceof Promise)) mine.end();
        }
        return answer instanceof Promise ? answer.finally(() => mine.end()) : answer;
      });
    };
  }
}

function once(of: object, patch: () => void): void {
  if (patched.has(of)) return;
  patched.add(of);
  patch();
}

/** A promise of an object keeps that object awake. */
function awaited<T>(work: Promise<T>): Promise<T> {
  return working.getStore()?.while(work) ?? work;
}

function billDatabase(database: D1Database): void {
  const databases = Object.getPrototypeOf(database) as Pick<D1Database, "batch">;
  once(databases, () => {
    const { batch } = databases;
    databases.batch = async function billed<T>(this: D1Database, all: D1PreparedStatement[]) {
      const results = await awaited(batch.call(this, all));
      for (const { meta } of results) note(meta);
      return results as D1Result<T>[];
    };
    const statements = Object.getPrototypeOf(database.prepare("SELECT 1")) as D1PreparedStatement;
    for (const name of ["run", "all"] as const) {
      const own = statements[name];
      statements[name] = async function billed<T>(this: D1PreparedStatement) {
        const result = await awaited(own.call(this));
        note(result.meta);
        return result as D1Result<T>;
      };
    }
    // Its answer has no count; what writes by it (a claim, with RETURNING) is asked as `all`.
    statements.first = async function billed<T>(this: D1PreparedStatement) {
      const { results } = await this.all<T>();
      return results[0] ?? null;
    };
  });
  const note = (meta: D1Meta) => {
    bill.d1Written += meta.rows_written;
    bill.d1Read += meta.rows_read;
  };
}

function billStorage(storage: DurableObjectStorage): void {
  const sql = Object.getPrototypeOf(storage.sql) as Pick<SqlStorage, "exec">;
  once(sql, () => {
    const { exec } = sql;
    sql.exec = function billed(this: SqlStorage, query: string, ...bindings: unknown[]) {
      const cursor = exec.call(this, query, ...bindings);
      bill.objectWritten += cursor.rowsWritten; // what a statement writes is written when exec returns
      bill.objectRead += cursor.rowsRead;
      return cursor;
    } as SqlStorage["exec"];
    const storages = Object.getPrototypeOf(storage) as DurableObjectStorage;
    const { setAlarm, get, put } = storages as unknown as Record<
      string,
      (...of: unknown[]) => Promise<void>
    >;
    const bills = (own: typeof get, kind: "alarms" | "objectRead" | "objectWritten") =>
      function billed(this: DurableObjectStorage, ...of: unknown[]) {
        bill[kind] += 1;
        return own?.apply(this, of);
      };
    Object.assign(storages, {
      setAlarm: bills(setAlarm, "alarms"),
      get: bills(get, "objectRead"),
      put: bills(put, "objectWritten"),
    });
  });
}

function billQueue(queue: Queue): void {
  const queues = Object.getPrototypeOf(queue) as Pick<Queue, "send" | "sendBatch">;
  once(queues, () => {
    const { send, sendBatch } = queues;
    const units = (body: unknown) =>
      Math.max(1, Math.ceil(JSON.stringify(body).length / QUEUE_UNIT_BYTES));
    queues.send = function billed(this: Queue, ...of) {
      bill.queueOperations += units(of[0]);
      return awaited(send.apply(this, of));
    };
    queues.sendBatch = function billed(this: Queue, ...of) {
      const bodies = [...of[0]];
      for (const { body } of bodies) bill.queueOperations += units(body);
      return awaited(sendBatch.call(this, bodies, of[1]));
    };
  });
}

/** Deleting is free; what lists or writes is of class A, what reads of class B. */
function billArchive(archive: R2Bucket): void {
  const archives = Object.getPrototypeOf(archive) as Record<string, unknown>;
  once(archives, () => {
    for (const [name, kind] of [
      ["put", "archiveWrites"],
      ["list", "archiveWrites"],
      ["createMultipartUpload", "archiveWrites"],
      ["get", "archiveReads"],
      ["head", "archiveReads"],
    ] as const) {
      const own = archives[name];
      if (typeof own !== "function") continue;
      archives[name] = function billed(this: R2Bucket, ...of: unknown[]) {
        bill[kind] += 1;
        return awaited(own.apply(this, of) as Promise<unknown>);
      };
    }
  });
}

function billPoints(dataset: AnalyticsEngineDataset): void {
  const datasets = Object.getPrototypeOf(dataset) as AnalyticsEngineDataset;
  once(datasets, () => {
    const own = datasets.writeDataPoint.bind(dataset);
    datasets.writeDataPoint = (point) => {
      bill.points += 1;
      own(point);
    };
  });
}

for (const level of ["log", "info", "warn", "error"] as const) {
  const own = console[level];
  console[level] = (...parts: unknown[]) => {
    bill.logLines += 1;
    own.apply(console, parts);
  };
}

const ownFetch = globalThis.fetch;
globalThis.fetch = (...of: Parameters<typeof fetch>) => awaited(ownFetch(...of));

/** An object with a timer of its own is awake until it goes off. */
const timers = new Map<unknown, Wakefulness>();
const { setTimeout: ownSetTimeout, clearTimeout: ownClearTimeout } = globalThis;
globalThis.setTimeout = ((callback: (...of: unknown[]) => void, ms?: number, ...of: unknown[]) => {
  const mine = working.getStore();
  if (mine === undefined) return ownSetTimeout(callback, ms, ...of);
  mine.begin();
  const timer: unknown = ownSetTimeout(() => {
    try {
      callback(...of);
    } finally {
      if (timers.delete(timer)) mine.end();
    }
  }, ms);
  timers.set(timer, mine);
  return timer;
}) as typeof globalThis.setTimeout;
globalThis.clearTimeout = (timer: unknown) => {
  const mine = timers.get(timer);
  if (timers.delete(timer)) mine?.end();
  ownClearTimeout(timer as number | null);
};
