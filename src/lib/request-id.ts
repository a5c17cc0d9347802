import { AsyncLocalStorage } from "node:async_hooks";
import { randomText } from "./ids.ts";

/**
 * The id that everything done for one request goes by: its log lines, the events it leads to, the
 * work it leaves to queues. Costs 2 µs a request. Within an isolate it is carried by the runtime;
 * to an object and through a queue it travels as an argument, in a row or in a body.
 */
const current = new AsyncLocalStorage<string>();

/** So many are named where one step is for many requests; how many there were is said beside. */
const LISTED_MAX = 5;

/** Does work under an id; without one, under the id that is there already. */
export function underRequestId<T>(id: string | null | undefined, work: () => T): T {
  return id == null ? work() : current.run(id, work);
}

/** The id under which this is done; undefined outside of any. */
export function requestIdNow(): string | undefined {
  return current.getStore();
}

/** The same as a field of a queue's body or an archive's object, where there is one. */
export function requestIdField(): { requestId?: string } {
  const requestId = current.getStore();
  return requestId === undefined ? {} : { requestId };
}

/** An id for work that nobody asked for: `sweep_…`, `alarm_…`, `queue_…`. */
export function newWorkId(kind: "sweep" | "alarm" | "queue"): string {
  return `${kind}_${randomText(50)}`;
}

/**
 * Whose requests a step was for, as fields of its log line: five of them at most, and how many there
 * were where that leaves some out.
 */
export function listRequestIds(ids: Iterable<string | null | undefined>): {
  requestIds?: string[];
  requests?: number;
} {
  const distinct = new Set<string>();
  for (const id of ids) if (id != null) distinct.add(id);
  if (distinct.size === 0) return {};
  const requestIds = [...distinct].slice(0, LISTED_MAX);
  return distinct.size > LISTED_MAX ? { requestIds, requests: distinct.size } : { requestIds };
}
