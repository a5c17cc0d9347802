import { listStoredBodies } from "../database/history-bodies.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { UNREAD } from "./accept-history.ts";
import { arrivalOfKey, INBOX } from "./archive-keys.ts";
import type { Services } from "../services.ts";

/** A put can come to its end after a later one: the start only moves over what is older. */
const SETTLED_AFTER_MS = 10 * 60_000;
const LOOK_MAX = 5_000;
const MARK = "sweep.bodies";

/** A raw body, and what was noted of it at the door. */
export interface OpenBody {
  key: string;
  /** Numbers that it surely brings history of. */
  numbers: string[];
  /** Whether it may bring some of others too: nobody has looked into it. */
  mayBringMore: boolean;
}

/**
 * Raw history bodies that are not stored to their end, oldest first. Starts where everything before is
 * done; bounded to 5,000 bodies a look.
 */
export async function listOpenBodies(services: Services): Promise<OpenBody[]> {
  const open: OpenBody[] = [];
  let startAfter = await readMark(services.registry, MARK);
  let reached = startAfter;
  for (let seen = 0; seen < LOOK_MAX;) {
    const { objects, truncated } = await services.archive.list({
      prefix: INBOX,
      include: ["customMetadata"],
      ...(startAfter === null ? {} : { startAfter }),
    });
    // With metadata a list is as short as the archive likes, 100 and less.
    seen += objects.length;
    const keys = objects.map((object) => object.key);
    const done = await listStoredBodies(services.registry, keys);
    for (const { key, customMetadata } of objects) {
      if (!done.has(key)) open.push(openBody(key, customMetadata ?? {}));
      else if (open.length === 0 && services.now() - arrivalOfKey(key) > SETTLED_AFTER_MS) {
        reached = key;
      }
    }
    startAfter = keys.at(-1) ?? startAfter;
    if (!truncated) break;
  }
  if (reached !== null) await writeMark(services.registry, MARK, reached);
  return open;
}

function openBody(key: string, noted: Record<string, string>): OpenBody {
  const numbers = noted["numbers"]?.split(" ");
  const mayBringMore = numbers === undefined || noted[UNREAD] !== undefined;
  return { key, numbers: numbers ?? [], mayBringMore };
}
