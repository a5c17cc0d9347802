/*
 * Lists your numbers, sends a text from the first of them, and reads what happened. Paths, queries,
 * bodies and answers are checked by the compiler: misspell one, and it says so.
 *
 *   TANDEM_URL=https://gateway.example TANDEM_KEY=tdm_… node main.ts +15550100001
 */
import createClient from "openapi-fetch";
import type { components, paths } from "./tandem.d.ts";

type Sender = components["schemas"]["Sender"];
type Event = components["schemas"]["Event"];

const { TANDEM_URL: baseUrl = "http://127.0.0.1:8787", TANDEM_KEY: key = "" } = process.env;
const tandem = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${key}` } });

const [sender] = await listSenders();
if (sender === undefined) throw new Error("This key has no number yet: connect one first.");
console.log(`${sender.display_phone_number} is ${sender.state}`);

const [, , to] = process.argv;
if (to !== undefined) console.log(`sent ${await sendText(sender, to, "Your order is ready.")}`);

for await (const event of readEvents(sender.id)) {
  // Its type says to the compiler which shape its data has.
  const status = event.type === "message.status" ? ` ${event.data.status}` : "";
  console.log(`${event.at} ${event.seq} ${event.type}${status}`);
}

async function listSenders(): Promise<readonly Sender[]> {
  const { data, error } = await tandem.GET("/v1/senders");
  // `error` is a problem: its code is one of those the document lists.
  if (error !== undefined) throw new Error(`${error.code}: ${error.detail}`);
  return data.data;
}

/** @returns the message's id at Meta */
async function sendText(from: Sender, to: string, body: string): Promise<string> {
  const { data, error } = await tandem.POST("/v24.0/{phoneNumberId}/messages", {
    params: {
      path: { phoneNumberId: from.id },
      header: { "Idempotency-Key": `example-${Date.now()}` },
    },
    body: { messaging_product: "whatsapp", to, type: "text", text: { body } },
  });
  if (error !== undefined) throw new Error(`${error.error.code}: ${error.error.message}`);
  const id = data.messages?.[0]?.id;
  if (id === undefined) throw new Error("Meta's answer names no message.");
  return id;
}

/** Every event of a number, from the start to now. */
async function* readEvents(senderId: string): AsyncGenerator<Event> {
  let after: string | undefined;
  for (;;) {
    const query = { sender: senderId, limit: 500, ...(after === undefined ? {} : { after }) };
    const { data, error } = await tandem.GET("/v1/events", { params: { query } });
    if (error !== undefined) throw new Error(`${error.code}: ${error.detail}`);
    yield* data.data;
    after = data.next_cursor; // keep it, after what came was worked through
    if (!data.has_more) return;
  }
}
