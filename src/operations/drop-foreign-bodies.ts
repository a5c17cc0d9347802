import { listHistoryNumbers } from "../meta/history-split.ts";
import { parseJsonObject } from "../meta/read-json.ts";
import { INBOX } from "./archive-keys.ts";
import { dropBodies } from "./drop-raw-bodies.ts";
import { findCurrentSender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/** Up to 3 MB each is read. */
const A_LIST = 20;

/**
 * Deletes raw history bodies of a number whose sender is erased, stored or not. One that brings
 * another number's history as well stays until that is stored, and goes with its own time.
 *
 * @param after the key behind which to go on
 */
export async function dropForeignBodies(
  services: Services,
  { senderId, until }: { senderId: string; until: number },
  after: string | null,
): Promise<{ dropped: number; next: string | null }> {
  const { objects, truncated } = await services.archive.list({
    prefix: INBOX,
    limit: A_LIST,
    include: ["customMetadata"],
    ...(after === null ? {} : { startAfter: after }),
  });
  const dropped: string[] = [];
  for (const { key, customMetadata, uploaded } of objects) {
    const noted = customMetadata?.["numbers"]?.split(" ");
    if (noted !== undefined && !noted.includes(senderId)) continue;
    // What came since is of whoever connects the number now.
    if (uploaded.getTime() > until) continue;
    const object = await services.archive.get(key);
    const payload =
      object === null ? undefined : parseJsonObject(new Uint8Array(await object.arrayBuffer()));
    const numbers = payload === undefined ? [] : listHistoryNumbers(payload);
    if (!numbers.includes(senderId)) continue;
    const others = await Promise.all(
      numbers
        .filter((number) => number !== senderId)
        .map((number) => findCurrentSender(services.registry, number)),
    );
    if (others.every((other) => other === null)) dropped.push(key);
  }
  if (dropped.length > 0) await dropBodies(services, dropped);
  return { dropped: dropped.length, next: truncated ? (objects.at(-1)?.key ?? null) : null };
}
