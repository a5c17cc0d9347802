/*
 * The least that storing history can be: pages cut beforehand, each one insert from its own JSON
 * into a table like Tandem's. No signature, no archive, no queue, no ledger; what Tandem does
 * beyond that is what row 3 prices.
 */

interface HistoryFloorEnv {
  DB: D1Database;
}

const STORE = `
  INSERT INTO messages (sender, wamid, customer, at, type, direction, origin, historical, body,
    status, status_rank)
  SELECT 1, value->>'wamid', value->>'customer', value->>'at', value->>'type',
    value->>'direction', value->>'origin', 1, value->'body', value->>'status', value->>'rank'
  FROM json_each(?1)`;

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/set-up") {
      const statements = await request.json<string[]>();
      await env.DB.batch(statements.map((statement) => env.DB.prepare(statement)));
    } else if (pathname === "/count") {
      return Response.json(await env.DB.prepare("SELECT count(*) AS count FROM messages").first());
    } else {
      await env.DB.batch([env.DB.prepare(STORE).bind(await request.text())]);
    }
    return new Response(null, { status: 200 });
  },
} satisfies ExportedHandler<HistoryFloorEnv>;
