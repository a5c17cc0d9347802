import type { Job } from "./keeper-job.ts";

/*
 * Beside the gateway in its runtime: calls its cron, and runs statements on its databases. Miniflare
 * has proxies for both, which let all of Node stand still until the runtime answers. Meanwhile Node
 * reads no log lines, and a runtime that cannot get rid of its log stands still too: for ever.
 */

interface KeeperEnv {
  /** Others on this machine can reach the socket, too. */
  KEEPER_TOKEN: string;
  GATEWAY: { scheduled(event: { cron: string; scheduledTime: Date }): Promise<unknown> };
}

export default {
  async fetch(request, env) {
    if (request.headers.get("authorization") !== env.KEEPER_TOKEN) {
      return new Response("Not found", { status: 404 });
    }
    try {
      return Response.json(await doJob(await request.json<Job>(), env));
    } catch (err) {
      return new Response(err instanceof Error ? err.message : String(err), { status: 500 });
    }
  },
} satisfies ExportedHandler<KeeperEnv>;

/** @returns the rows of each statement; none for the cron. @throws Error what D1 or a sweep says */
async function doJob(job: Job, env: KeeperEnv): Promise<unknown[][]> {
  if (job.do === "cron") {
    await env.GATEWAY.scheduled({ cron: "* * * * *", scheduledTime: new Date() });
    return [];
  }
  const database = (env as unknown as Record<string, D1Database>)[job.binding];
  if (database === undefined) throw new Error(`There is no database ${job.binding}.`);
  const results = await database.batch(
    job.statements.map(({ sql, values }) => database.prepare(sql).bind(...values)),
  );
  return results.map((result) => result.results);
}
