import { normalizeWebhook, verifySignature } from "@kapso/whatsapp-cloud-api/server";

/*
 * A webhook door as people write one: the SDK's signature check and normaliser, a row in D1 and a
 * queue message for each message, 200. Its consumer only takes the messages off the queue.
 */

interface PlainEnv {
  META_APP_SECRET: string;
  DB: D1Database;
  MESSAGES: Queue<{ number: string; id: string }>;
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/set-up") {
      await env.DB.exec(
        "CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, number TEXT, sender TEXT, type TEXT, body TEXT, at INTEGER)",
      );
      return new Response(null, { status: 204 });
    }
    if (pathname === "/count") {
      const row = await env.DB.prepare("SELECT count(*) AS count FROM messages").first();
      return Response.json(row);
    }
    const rawBody = await request.text();
    const signatureHeader = request.headers.get("x-hub-signature-256") ?? "";
    if (!verifySignature({ appSecret: env.META_APP_SECRET, rawBody, signatureHeader })) {
      return new Response(null, { status: 401 });
    }
    const webhook = normalizeWebhook(JSON.parse(rawBody));
    const number = webhook.phoneNumberId ?? "";
    for (const message of webhook.messages) {
      await env.DB.prepare(
        `INSERT INTO messages (id, number, sender, type, body, at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
      )
        .bind(
          message.id,
          number,
          message.from ?? null,
          message.type,
          JSON.stringify(message),
          Number(message.timestamp) * 1_000,
        )
        .run();
      await env.MESSAGES.send({ number, id: message.id });
    }
    return new Response(null, { status: 200 });
  },
  queue(batch) {
    batch.ackAll();
  },
} satisfies ExportedHandler<PlainEnv>;
