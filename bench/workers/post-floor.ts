import { createHmac } from "node:crypto";

/*
 * The least that telling events by post can do: read nothing, remember nothing; sign each body and
 * post it, as many at once as Tandem's object may have under way.
 */

const AT_ONCE = 5;

export default {
  async fetch(request) {
    const { url, bodies, secret } = await request.json<{
      url: string;
      bodies: { id: string; body: string }[];
      secret: string;
    }>();
    const key = Buffer.from(secret, "base64");
    let next = 0;
    const carry = async () => {
      for (let mine = bodies[next++]; mine !== undefined; mine = bodies[next++]) {
        const at = String(Math.floor(Date.now() / 1_000));
        const signed = `${mine.id}.${at}.${mine.body}`;
        const signature = createHmac("sha256", key).update(signed).digest("base64");
        const response = await fetch(url, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "webhook-id": mine.id,
            "webhook-timestamp": at,
            "webhook-signature": `v1,${signature}`,
          },
          body: mine.body,
        });
        await response.body?.cancel();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, carry));
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler;
