import { request } from "node:http";
import type { Agent, IncomingHttpHeaders } from "node:http";

/** A request that was made before the clock started. */
export interface PreparedPost {
  body: Buffer;
  headers: Record<string, string>;
}

export interface PostAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Posts over a connection of the agent; resolves when the whole answer is there. */
export function post(agent: Agent, url: URL, { body, headers }: PreparedPost): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port, pathname: path } = url;
    request({ agent, host, port, path, method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
      response.once("error", reject);
    })
      .once("error", reject)
      .end(body);
  });
}

/** A JSON body with a Bearer token. */
export function prepareJson(token: string, json: unknown): PreparedPost {
  const body = Buffer.from(JSON.stringify(json));
  return {
    body,
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-length": String(body.length),
    },
  };
}
