import { listStrandedPages } from "../database/history.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { SHARDS } from "../database/shards.ts";
import { pointAtPages } from "./split-history-body.ts";
import type { PageKey } from "../database/history.ts";
import type { Services } from "../services.ts";

const LOST_AFTER_MS = 30_000;
const AT_ONCE = 500;

/**
 * Points again at history pages whose pointer was lost, some at a time, and goes on there at the
 * next call. A page that is stored is stored once.
 */
export async function sweepPages(services: Services, atOnce = AT_ONCE): Promise<number> {
  let found = 0;
  for (const shard of SHARDS) {
    const before = services.now() - LOST_AFTER_MS;
    const mark = `sweep.pages.${shard}`;
    const reached = await readMark(services.registry, mark);
    const after = reached === null || reached === "" ? null : (JSON.parse(reached) as PageKey);
    const pages = await listStrandedPages(services.shard(shard), before, after, atOnce);
    await pointAtPages(services, pages);
    found += pages.length;
    const last = pages.length === atOnce ? JSON.stringify(pages.at(-1)) : "";
    if (last !== (reached ?? "")) await writeMark(services.registry, mark, last);
  }
  return found;
}
