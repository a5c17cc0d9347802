import { UNREAD } from "./accept-history.ts";
import { INBOX } from "./archive-keys.ts";
import type { Services } from "../services.ts";

const A_LIST = 500;

/**
 * Deletes raw history bodies that may be of a number and that are stored to their end.
 *
 * @param after the key behind which to go on
 * @returns how many are gone, where to go on (null: that was all), and how many of this list are still
 *   to be stored
 */
export async function dropRawBodies(
  services: Services,
  { senderId }: { senderId: string },
  after: string | null,
): Promise<{ dropped: number; next: string | null; open: number }> {
  const { objects, truncated } = await services.archive.list({
    prefix: INBOX,
    limit: A_LIST,
    include: ["customMetadata"],
    ...(after === null ? {} : { startAfter: after }),
  });
  const ours = objects
    .filter(({ customMetadata = {} }) => {
      const numbers = customMetadata["numbers"];
      return numbers === undefined || numbers.split(" ").includes(senderId);
    })
    .map(({ key }) => key);
  const theirs = objects
    .filter(({ customMetadata = {} }) => {
      const numbers = customMetadata["numbers"]?.split(" ");
      // Nobody has looked into it, or it names too many to be noted.
      return (
        numbers === undefined || customMetadata[UNREAD] !== undefined || numbers.includes(senderId)
      );
    })
    .map(({ key }) => key);
  const done = await listDone(services, theirs);
  if (done.length > 0) await dropBodies(services, done);
  // One of another number is no reason to wait, though this one's may be in it: the object sees to that.
  const isDone = new Set(done);
  const open = ours.filter((key) => !isDone.has(key)).length;
  const next = truncated ? (objects.at(-1)?.key ?? null) : null;
  return { dropped: done.length, next, open };
}

/** Bodies first: one without its note would be stored once more, a note without its body is nothing. */
export async function dropBodies(services: Services, keys: string[]): Promise<void> {
  await services.archive.delete(keys);
  await services.registry
    .prepare(`DELETE FROM history_bodies WHERE key IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(keys))
    .run();
}

async function listDone(services: Services, keys: string[]): Promise<string[]> {
  const { results } = await services.registry
    .prepare(`SELECT key FROM history_bodies WHERE key IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(keys))
    .all<{ key: string }>();
  return results.map(({ key }) => key);
}
