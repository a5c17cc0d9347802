import { listStoredBodies } from "../database/history-bodies.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { UNREAD } from "./accept-history.ts";
import { arrivalOfKey, INBOX } from "./archive-keys.ts";
import type { Services } from "../services.ts";

/** A put can come to its end after a later one: the start only moves over what is older. */
const SETTLED_AFTER_MS = 10 * 60_000;
/** A look ends behind so many open bodies, or so many lists of 1,000. */
const OPEN_MAX = 5_000;
const LISTS_MAX = 50;
const MARK = "sweep.bodies";

/** A raw body, and what was noted of it at the door. */
export interface OpenBody {
  key: string;
  /** Numbers that it surely brings history of. */
  numbers: string[];
  /** Whether it may bring some of others too: nobody has looked into it. */
  mayBringMore: boolean;
}

/** What a look found. */
export interface OpenBodies {
  /** Oldest first. */
  open: OpenBody[];
  /** The key behind which nobody has looked; null: these are all. */
  next: string | null;
}

/**
 * Raw history bodies that are not stored to their end. Starts where everything before is done, or
 * behind a key.
 *
 * @param most so many at most, or a few more; tests make it small
 */
export async function listOpenBodies(
  services: Services,
  from?: string,
  most = OPEN_MAX,
): Promise<OpenBodies> {
  const open: OpenBody[] = [];
  let last = from ?? (await readMark(services.registry, MARK)) ?? "";
  let reached = last;
  let next: string | null = null;
  for (let lists = 0; ; lists++) {
    if (lists >= LISTS_MAX || open.length >= most) {
      next = last;
      break;
    }
    const { objects, truncated } = await listBehind(services, last);
    const keys = objects.map((object) => object.key);
    const done = await listStoredBodies(services.registry, keys);
    const settled = keys.findIndex(
      (key) => !done.has(key) || services.now() - arrivalOfKey(key) <= SETTLED_AFTER_MS,
    );
    if (open.length === 0 && reached === last) {
      reached = (settled === -1 ? keys.at(-1) : keys[settled - 1]) ?? last;
    }
    open.push(...(await readNoted(services, keys, done, last)));
    last = keys.at(-1) ?? last;
    if (!truncated) break;
  }
  if (from === undefined && reached !== "") await writeMark(services.registry, MARK, reached);
  return { open, next };
}

/** With metadata a list is as short as the archive likes, 100 and less: only the open ones want it. */
async function readNoted(
  services: Services,
  keys: readonly string[],
  done: ReadonlySet<string>,
  last: string,
): Promise<OpenBody[]> {
  const open: OpenBody[] = [];
  let seenTo = "";
  for (const [n, key] of keys.entries()) {
    if (done.has(key) || key <= seenTo) continue;
    const { objects } = await listBehind(services, keys[n - 1] ?? last, ["customMetadata"]);
    for (const object of objects) {
      const isOurs = object.key <= (keys.at(-1) ?? "");
      if (isOurs && !done.has(object.key)) {
        open.push(openBody(object.key, object.customMetadata ?? {}));
      }
    }
    seenTo = objects.at(-1)?.key ?? key;
  }
  return open;
}

function listBehind(
  { archive }: Services,
  last: string,
  include?: ["customMetadata"],
): Promise<R2Objects> {
  return archive.list({
    prefix: INBOX,
    ...(include === undefined ? {} : { include }),
    ...(last === "" ? {} : { startAfter: last }),
  });
}

function openBody(key: string, noted: Record<string, string>): OpenBody {
  const numbers = noted["numbers"]?.split(" ");
  const mayBringMore = numbers === undefined || noted[UNREAD] !== undefined;
  return { key, numbers: numbers ?? [], mayBringMore };
}
