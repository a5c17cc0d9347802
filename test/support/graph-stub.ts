import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";

export interface GraphRequest {
  method: string;
  /** Without the version: `/310…/messages`. */
  path: string;
  query: Record<string, string>;
  authorization: string | null;
  body: Record<string, unknown>;
}

type Responder = (request: GraphRequest) => Response | undefined | Promise<Response | undefined>;

/** Graph as the tests see it: every call is kept, answers can be replaced test by test. */
class GraphStub {
  requests: GraphRequest[] = [];
  #responders: Responder[] = [];
  #sent = 0;
  readonly #server = setupServer(
    http.all("https://graph.test/:version/*", async ({ request }) => {
      const url = new URL(request.url);
      const text = await request.text();
      const seen: GraphRequest = {
        method: request.method,
        path: url.pathname.replace(/^\/v[0-9.]+/, ""),
        query: Object.fromEntries(url.searchParams),
        authorization: request.headers.get("authorization"),
        body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
      };
      this.requests.push(seen);
      for (const responder of this.#responders) {
        const response = await responder(seen);
        if (response !== undefined) return response;
      }
      return this.#accept(seen);
    }),
  );

  /** Bodies of the messages that reached Graph. */
  get sent(): Record<string, unknown>[] {
    return this.requests.filter(({ path }) => path.endsWith("/messages")).map(({ body }) => body);
  }

  /** Answers before the default; the first that returns a response wins. */
  respond(responder: Responder): void {
    this.#responders.unshift(responder);
  }

  start(): void {
    this.#server.listen({ onUnhandledRequest: "error" });
  }

  reset(): void {
    this.requests = [];
    this.#responders = [];
  }

  stop(): void {
    this.#server.close();
  }

  #accept(request: GraphRequest): Response {
    if (!request.path.endsWith("/messages")) return graphError(404, 100, "not stubbed");
    this.#sent += 1;
    return HttpResponse.json({
      messaging_product: "whatsapp",
      messages: [{ id: `wamid.sent-${this.#sent}` }],
    });
  }
}

export const graph = new GraphStub();

/** Graph's error envelope. */
export function graphError(status: number, code: number, message: string, subcode?: number) {
  return HttpResponse.json(
    {
      error: {
        message: `(#${code}) ${message}`,
        type: "OAuthException",
        code,
        error_subcode: subcode,
      },
    },
    { status },
  );
}
