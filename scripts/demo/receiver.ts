import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import type { Server } from "node:http";
import type { DemoEvent, TandemClient } from "./tandem-client.ts";

/** A partner's backend that is told events by post: it checks who speaks and keeps what was said. */
export class Receiver {
  /** Every post that was taken, in the order of arrival. */
  readonly told: DemoEvent[] = [];
  /** Posts whose signature did not hold. */
  forged = 0;
  /** How posts are answered; anything but 2xx is told again. 0 hangs up, null never answers. */
  answer: () => number | null = () => 204;
  /** Looks at each post as it arrives, taken or not. */
  seen: (event: DemoEvent) => void = () => undefined;
  readonly #server: Server;
  #secret: string | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const status = receiver.#take(Buffer.concat(chunks).toString(), request.headers);
        if (status === 0) request.socket.destroy();
        else if (status !== null) response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/events`;
  }

  /** Makes an endpoint of the partner that leads here. @returns its id */
  async connect(partner: TandemClient, options: Record<string, unknown> = {}): Promise<string> {
    const made = await partner.post<{ id: string; secret: string }>("/v1/endpoints", {
      url: this.url,
      ...options,
    });
    this.#secret = made.secret;
    return made.id;
  }

  /** Waits until these events were taken. @returns how many were not, after `timeoutMs` */
  async receive(ids: Iterable<string>, timeoutMs = 60_000): Promise<number> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const taken = new Set(this.told.map(({ id }) => id));
      const missing = [...ids].filter((id) => !taken.has(id)).length;
      if (missing === 0 || Date.now() > until) return missing;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #take(body: string, headers: NodeJS.Dict<string | string[]>): number | null {
    let event: DemoEvent;
    try {
      // The first post can overtake the answer that brings the secret.
      if (this.#secret === undefined) return 503;
      event = new Webhook(this.#secret).verify(
        body,
        headers as Record<string, string>,
      ) as DemoEvent;
    } catch {
      this.forged += 1;
      return 401;
    }
    this.seen(event);
    const status = this.answer();
    if (status !== null && status >= 200 && status < 300) this.told.push(event);
    return status;
  }
}
