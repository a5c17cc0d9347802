import { listStrandedPages } from "../database/history.ts";
import { SHARDS } from "../database/shards.ts";
import { pointAtPages } from "./split-history-body.ts";
import type { Services } from "../services.ts";

const LOST_AFTER_MS = 30_000;
const AT_ONCE = 500;

/** Points again at history pages whose pointer was lost. A page that is stored is stored once. */
export async function sweepPages(services: Services): Promise<number> {
  let found = 0;
  for (const shard of SHARDS) {
    const before = services.now() - LOST_AFTER_MS;
    const pages = await listStrandedPages(services.shard(shard), before, AT_ONCE);
    await pointAtPages(services, pages);
    found += pages.length;
  }
  return found;
}
