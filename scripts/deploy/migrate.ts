import { keepBookmarks, readBookmarks } from "./bookmarks.ts";
import type { Shard } from "./worker-config.ts";
import type { Wrangler } from "./wrangler.ts";

/**
 * Gives every shard the tables that it lacks. Where something runs already, the way back is noted
 * first; what runs goes on with the new tables until the code comes, so migrations only add.
 */
export async function migrate(
  wrangler: Wrangler,
  shards: Shard[],
  files: { wrangler: string; bookmarks: string },
  isFirst: boolean,
  note: (line: string) => void,
): Promise<void> {
  if (!isFirst) {
    const bindings = shards.map(({ binding }) => binding);
    const wanted = { instant: null, reason: "before a deploy" };
    const bookmarks = await readBookmarks(wrangler, bindings, files.wrangler, wanted);
    keepBookmarks(files.bookmarks, bookmarks);
    note(`the databases' bookmarks are noted in ${files.bookmarks}`);
  }
  for (const { binding, database } of shards) {
    const apply = ["d1", "migrations", "apply", binding, "--remote", "--config", files.wrangler];
    await wrangler.do(apply);
    note(`${database} is up to date`);
  }
}
