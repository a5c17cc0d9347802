/** The demo's calls to the gateway, as an operator and as a partner: nothing that users have not. */
export class TandemClient {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  /** @throws Error with the answer's text when it is not 2xx */
  async get<T>(path: string): Promise<T> {
    return this.#read<T>(await this.#call("GET", path));
  }

  /** @throws Error with the answer's text when it is not 2xx */
  async post<T>(path: string, body: unknown): Promise<T> {
    return this.#read<T>(await this.#call("POST", path, body));
  }

  /** @throws Error with the answer's text when it is not 2xx */
  async patch<T>(path: string, body: unknown): Promise<T> {
    return this.#read<T>(await this.#call("PATCH", path, body));
  }

  /** @throws Error with the answer's text when it is not 2xx */
  async delete<T>(path: string): Promise<T> {
    return this.#read<T>(await this.#call("DELETE", path));
  }

  /** Sends a message on the Cloud API surface; refusals are answers here. */
  async send(
    phoneNumberId: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; sendId: string | null; code: number | null }> {
    const response = await this.#call("POST", `/v24.0/${phoneNumberId}/messages`, body, headers);
    const answer = (await response.json()) as { error?: { code?: number } };
    return {
      status: response.status,
      sendId: response.headers.get("tandem-send-id"),
      code: answer.error?.code ?? null,
    };
  }

  #call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async #read<T>(response: Response): Promise<T> {
    if (!response.ok)
      throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}

export interface DemoEvent {
  id: string;
  type: string;
  seq: number;
  at: string;
  data: Record<string, unknown>;
}

export interface DemoMessage {
  wamid: string;
  direction: string;
  origin: string;
  historical: boolean;
}

/** Every item behind a paged address. */
export async function* listAll<T>(client: TandemClient, path: string): AsyncGenerator<T> {
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: string = `limit=500${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const page: { data: T[]; next_cursor: string | null } = await client.get(`${path}?${query}`);
    yield* page.data;
    cursor = page.next_cursor;
  }
}
