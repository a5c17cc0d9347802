import { call } from "./seed.ts";

/** An operator's browser, as far as the console's door sees it: it keeps cookies, and names its origin. */
export class ConsoleVisitor {
  readonly #cookies = new Map<string, string>();

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#take(
      await call(path, { redirect: "manual", headers: { ...this.#sent(), ...headers } }),
    );
  }

  /** The page's text as HTML. @throws Error unless it is answered with 200 */
  async read(path: string): Promise<string> {
    const response = await this.get(path);
    const html = await response.text();
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${html}`);
    return html;
  }

  async post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const response = await call(path, {
      method: "POST",
      redirect: "manual",
      headers: { origin: "https://gateway.test", ...this.#sent(), ...headers },
      body: new URLSearchParams(fields),
    });
    return this.#take(response);
  }

  /** What a cookie holds, to be read or put elsewhere. */
  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  setCookie(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  #sent(): Record<string, string> {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? {} : { cookie: pairs.join("; ") };
  }

  #take(response: Response): Response {
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = line.split(";")[0]?.split(/=(.*)/s) ?? [];
      if (/max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

export async function signIn(token = "test-operator-token"): Promise<ConsoleVisitor> {
  const visitor = new ConsoleVisitor();
  const response = await visitor.post("/console/sign-in", { token });
  if (response.status !== 303) throw new Error(`sign-in: ${response.status}`);
  return visitor;
}
