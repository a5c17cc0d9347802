import { DurableObject } from "cloudflare:workers";
import { readSigned } from "./read-signed.ts";

/*
 * The least that a webhook door on objects can do: check the signature, parse, one call to the
 * number's object, one insert there, 200. It tells nobody and reads nothing; what Tandem does
 * beyond that is what row 1 prices.
 */

interface FloorEnv {
  META_APP_SECRET: string;
  FLOOR: DurableObjectNamespace<FloorNumber>;
}

export class FloorNumber extends DurableObject<FloorEnv> {
  constructor(ctx: DurableObjectState, env: FloorEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS inbox (n INTEGER PRIMARY KEY, wamid TEXT NOT NULL,
         message TEXT NOT NULL)`,
    );
  }

  /** Returning means durable: the output gate holds the answer until the row is written. */
  store(wamid: string, message: string): void {
    this.ctx.storage.sql.exec(`INSERT INTO inbox (wamid, message) VALUES (?, ?)`, wamid, message);
  }

  count(): number {
    return this.ctx.storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM inbox`).one().n;
  }
}

export default {
  async fetch(request, env) {
    if (request.method === "GET") {
      const number = new URL(request.url).searchParams.get("number") ?? "";
      return Response.json({ count: await env.FLOOR.getByName(number).count() });
    }
    const payload = await readSigned(request, env.META_APP_SECRET);
    if (payload === null) return new Response(null, { status: 401 });
    const value = payload.entry[0]?.changes[0]?.value;
    const [message] = value?.messages ?? [];
    if (value === undefined || message === undefined) return new Response(null, { status: 400 });
    const number = env.FLOOR.getByName(value.metadata.phone_number_id);
    await number.store(message.id, JSON.stringify(message));
    return new Response(null, { status: 200 });
  },
} satisfies ExportedHandler<FloorEnv>;
