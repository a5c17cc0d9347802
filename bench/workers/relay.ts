/*
 * The least that a Worker between a caller and Meta can do: pass the send on and the answer back.
 * It remembers nothing, so it could send twice and would not know; row 6 shows what of Tandem's
 * time is the way itself.
 */

interface RelayEnv {
  GRAPH_URL: string;
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const answer = await fetch(`${env.GRAPH_URL}${pathname}`, {
      method: "POST",
      headers: {
        authorization: request.headers.get("authorization") ?? "",
        "content-type": "application/json",
      },
      body: await request.text(),
    });
    return new Response(await answer.text(), { status: answer.status });
  },
} satisfies ExportedHandler<RelayEnv>;
