import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { noteContent, noteJson } from "./known-content.ts";
import type { HttpHandler } from "msw";

export interface GraphRequest {
  method: string;
  /** Without the version: `/310…/messages`. */
  path: string;
  query: Record<string, string>;
  authorization: string | null;
  body: Record<string, unknown>;
  /** Of a multipart body: its fields, and the bytes as they came. */
  form?: FormData;
  bytes?: Uint8Array;
}

type Responder = (request: GraphRequest) => Response | undefined | Promise<Response | undefined>;
/** Sees a request before its body is read, and may read it as it comes. */
type Receiver = (request: Request) => Promise<Response>;

/** Graph as the tests see it: every call is kept, answers can be replaced test by test. */
class GraphStub {
  requests: GraphRequest[] = [];
  /** Calls to Meta's media host, which is not Graph. */
  fetched: Request[] = [];
  #responders: Responder[] = [];
  #receiver: Receiver | null = null;
  #mediaHost: (request: Request) => Response = () => new Response(null, { status: 404 });
  #sent = 0;
  readonly #server = setupServer(
    http.all("https://graph.test/:version/*", ({ request }) => this.#take(request as Request)),
    http.all(/^https:\/\/([a-z]+\.)?media\.test\//, ({ request }) => {
      this.fetched.push(request as Request);
      return this.#mediaHost(request as Request);
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

  /** Takes the next requests with their bodies unread. */
  receive(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** What https://media.test/ and hosts below it serve. */
  serveMedia(host: (request: Request) => Response): void {
    this.#mediaHost = host;
  }

  /** Other hosts, until the end of the test. */
  alsoServe(...handlers: HttpHandler[]): void {
    this.#server.use(...handlers);
  }

  start(): void {
    this.#server.listen({ onUnhandledRequest: "error" });
  }

  reset(): void {
    this.#server.resetHandlers();
    this.requests = [];
    this.fetched = [];
    this.#responders = [];
    this.#receiver = null;
    this.#mediaHost = () => new Response(null, { status: 404 });
    this.#server.resetHandlers();
  }

  stop(): void {
    this.#server.close();
  }

  async #take(request: Request): Promise<Response> {
    if (this.#receiver !== null) return this.#receiver(request);
    const url = new URL(request.url);
    const bytes = new Uint8Array(await request.arrayBuffer());
    const type = request.headers.get("content-type") ?? "";
    const isForm = type.startsWith("multipart/");
    const seen: GraphRequest = {
      method: request.method,
      path: url.pathname.replace(/^\/v[0-9.]+/, ""),
      query: Object.fromEntries(url.searchParams),
      authorization: request.headers.get("authorization"),
      body: {},
    };
    if (isForm) {
      seen.bytes = bytes;
      try {
        seen.form = await new Response(bytes, { headers: { "content-type": type } }).formData();
      } catch {
        return graphError(400, 100, "The form cannot be read");
      }
    } else if (bytes.length > 0) {
      seen.body = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    }
    this.requests.push(seen);
    for (const responder of this.#responders) {
      const response = await responder(seen);
      if (response !== undefined) return noted(seen, response);
    }
    return noted(seen, this.#accept(seen));
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

/** Tokens that Graph is called with and gives out, names of accounts: the gateway's logs hold none. */
async function noted(request: GraphRequest, response: Response): Promise<Response> {
  const { authorization, query } = request;
  for (const token of [authorization?.replace(/^\w+ /, ""), query["access_token"]]) {
    if (token !== undefined) noteContent("token", token);
  }
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  if (isJson && response.body !== null) noteJson(await response.clone().text());
  return response;
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
