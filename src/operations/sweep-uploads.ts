import { readMark, writeMark } from "../database/marks.ts";
import { pruneUploads } from "../database/outgoing-media.ts";
import { wasLately } from "../lib/was-lately.ts";
import type { Services } from "../services.ts";

const DAY_MS = 24 * 3_600_000;
/** An uploaded file's id lives so long at Meta (protocol.md 3.4). */
const UPLOAD_LIVES_MS = 30 * DAY_MS;
const MARK = "uploads_pruned_at";

/** Once a day: forgets whose token reads a file that Meta no longer has. */
export async function sweepUploads(services: Services): Promise<number> {
  const now = services.now();
  const last = Number(await readMark(services.registry, MARK));
  if (wasLately(last, now, DAY_MS)) return 0;
  const pruned = await pruneUploads(services.registry, now - UPLOAD_LIVES_MS);
  await writeMark(services.registry, MARK, String(now));
  return pruned;
}
