import { createServer } from "node:http";
import type { Server } from "node:http";
import type { Cleanup } from "./cleanup.ts";

/** A partner's address: notes when each event arrives (`performance.now()`), and answers 204. */
export class EventReceiver {
  /** By the event's id; the first arrival counts. */
  readonly arrivals = new Map<string, number>();
  /** By the wamid that an event is about. */
  readonly messages = new Map<string, number>();
  /** While true, nobody is answered. */
  hangs = false;
  readonly url: string;

  private constructor(server: Server) {
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    this.url = `http://127.0.0.1:${port}/events`;
  }

  static async start(cleanup: Cleanup): Promise<EventReceiver> {
    let receiver: EventReceiver | undefined;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        receiver?.note(String(request.headers["webhook-id"]), Buffer.concat(chunks).toString());
        if (receiver?.hangs !== true) response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanup.add(() => {
      server.close();
      server.closeAllConnections();
    });
    receiver = new EventReceiver(server);
    return receiver;
  }

  note(id: string, body: string): void {
    const at = performance.now();
    if (!this.arrivals.has(id)) this.arrivals.set(id, at);
    const wamid = /"wamid":"([^"]+)"/.exec(body)?.[1];
    if (wamid !== undefined && !this.messages.has(wamid)) this.messages.set(wamid, at);
  }
}
