export interface GraphOptions {
  /** Without a trailing slash. */
  url: string;
  /** Such as v24.0. */
  version: string;
  appId: string;
  appSecret: string;
  fetch?: typeof fetch;
}

export interface GraphCall {
  method: "GET" | "POST" | "DELETE";
  /** Below the version. */
  path: string;
  token?: string | undefined;
  query?: Iterable<[string, string]>;
  body?: BodyInit | undefined;
  /** Of the body. */
  contentType?: string | undefined;
  signal: AbortSignal;
}

/** One HTTP call to Graph, redirects not followed. @throws what fetch throws, when no answer came */
export function callGraph(options: GraphOptions, call: GraphCall): Promise<Response> {
  const url = new URL(`${options.url}/${options.version}/${call.path}`);
  for (const [name, value] of call.query ?? []) url.searchParams.append(name, value);
  const headers: Record<string, string> = {};
  if (call.token !== undefined) headers["authorization"] = `Bearer ${call.token}`;
  if (call.contentType !== undefined) headers["content-type"] = call.contentType;
  return (options.fetch ?? fetch)(url, {
    method: call.method,
    headers,
    ...(call.body === undefined ? {} : { body: call.body }),
    redirect: "manual",
    signal: call.signal,
  });
}

/** What became of a call that was passed on for a partner. */
export type Relayed =
  | { kind: "answered"; status: number; body: unknown }
  /** Something answered, but not in Graph's language. */
  | { kind: "garbled"; status: number }
  /** No answer: a connection that broke, or patience that ended. */
  | { kind: "silent"; why: string };

/** Makes a call and reads its answer, whatever it says. */
export async function relayCall(options: GraphOptions, call: GraphCall): Promise<Relayed> {
  try {
    const response = await callGraph(options, call);
    const { status } = response;
    try {
      return { kind: "answered", status, body: JSON.parse(await response.text()) as unknown };
    } catch (err) {
      if (err instanceof SyntaxError) return { kind: "garbled", status };
      throw err;
    }
  } catch (err) {
    return { kind: "silent", why: nameOf(err) };
  }
}

export function nameOf(err: unknown): string {
  return err instanceof Error ? err.name : "no_answer";
}
