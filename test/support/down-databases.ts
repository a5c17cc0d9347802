import { env } from "cloudflare:workers";

/** What D1 says when nobody can reach it. */
const lost = () => Promise.reject(new Error("D1_ERROR: Network connection lost."));

/**
 * Every call to every database fails while `work` runs, the registry's and the shards'; objects,
 * queues and the archive go on.
 */
export async function whileDatabasesAreDown(work: () => Promise<unknown>): Promise<void> {
  const database = Object.getPrototypeOf(env.DB) as Record<string, unknown>;
  const statement = Object.getPrototypeOf(env.DB.prepare("SELECT 1")) as Record<string, unknown>;
  const calls: [Record<string, unknown>, string][] = [
    ...["batch", "exec"].map((name) => [database, name] as [typeof database, string]),
    ...["run", "all", "first", "raw"].map(
      (name) => [statement, name] as [typeof statement, string],
    ),
  ];
  const own = calls.map(([owner, name]) => owner[name]);
  for (const [owner, name] of calls) owner[name] = lost;
  try {
    await work();
  } finally {
    calls.forEach(([owner, name], n) => {
      owner[name] = own[n];
    });
  }
}
