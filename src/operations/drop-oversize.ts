import { forgetOversize, listOversize } from "../database/oversize.ts";
import type { ErasureNames } from "../database/erasures.ts";
import type { Services } from "../services.ts";

/**
 * Deletes items of senders that were too large for a row and that name a customer, with their row.
 *
 * @param former only those of the time before they had the number
 * @returns how many
 */
export async function dropOversizeOf(
  services: Services,
  database: D1Database,
  senders: readonly number[],
  { names }: ErasureNames,
  former = false,
): Promise<number> {
  const texts = names.map(({ name }) => JSON.stringify(name));
  let dropped = 0;
  for (let after = ""; ;) {
    const items = await listOversize(database, senders, former, after);
    for (const { id, archiveKey } of items) {
      const object = await services.archive.get(archiveKey);
      const text = object === null ? "" : await object.text();
      if (!texts.some((each) => text.includes(each))) continue;
      await services.archive.delete(archiveKey);
      await forgetOversize(database, id);
      dropped += 1;
    }
    const last = items.at(-1);
    if (last === undefined) return dropped;
    after = last.id;
  }
}
