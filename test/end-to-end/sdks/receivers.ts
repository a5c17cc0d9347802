import { createServer } from "node:http";
import { normalizeWebhook, verifySignature } from "@kapso/whatsapp-cloud-api/server";
import { WhatsAppAPI } from "whatsapp-api-js/middleware/node-http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";

type Call = Parameters<NonNullable<WhatsAppAPI["on"]["message"]>>[0];
type StatusCall = Parameters<NonNullable<WhatsAppAPI["on"]["status"]>>[0];
export type Normalized = ReturnType<typeof normalizeWebhook>;

/** What the SDKs handed to their user, in the order of arrival. */
export interface Heard {
  messages: Pick<Call, "phoneID" | "from" | "name" | "message" | "contact">[];
  statuses: Pick<StatusCall, "phone" | "status" | "id" | "biz_opaque_callback_data" | "pricing">[];
  normalized: Normalized[];
}

/**
 * Two backends as their SDKs' own pages tell to write them for Meta's webhooks, on this machine:
 * `/whatsapp-api-js` with its POST handler, `/kapso` with its check and its normaliser.
 */
export class Receivers {
  readonly heard: Heard = { messages: [], statuses: [], normalized: [] };
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param secret what Meta's app secret is to them: the endpoint's */
  static async start(secret: string): Promise<Receivers> {
    const api = new WhatsAppAPI({ token: "not-used", appSecret: secret, v: "v24.0" });
    const server = createServer((request, response) => {
      void (async () => {
        response.statusCode =
          request.url === "/kapso"
            ? await receivers.#takeByKapso(request, secret)
            : await api.handle_post(request);
        response.end();
      })();
    });
    const receivers = new Receivers(server);
    const { heard } = receivers;
    api.on.message = ({ phoneID, from, name, message, contact }) => {
      heard.messages.push({ phoneID, from, name, message, contact });
    };
    api.on.status = ({ phone, status, id, biz_opaque_callback_data, pricing }) => {
      heard.statuses.push({ phone, status, id, biz_opaque_callback_data, pricing });
    };
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return receivers;
  }

  get urls(): string[] {
    const { port } = this.#server.address() as AddressInfo;
    return ["whatsapp-api-js", "kapso"].map((name) => `http://127.0.0.1:${port}/${name}`);
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #takeByKapso(request: IncomingMessage, appSecret: string): Promise<number> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const rawBody = Buffer.concat(chunks);
    const header = request.headers["x-hub-signature-256"];
    const signatureHeader = typeof header === "string" ? header : "";
    if (!verifySignature({ appSecret, rawBody, signatureHeader })) return 401;
    this.heard.normalized.push(normalizeWebhook(JSON.parse(rawBody.toString("utf8"))));
    return 200;
  }
}
