import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/example-event.ts";
import { EVENT_TYPE_NAMES } from "../../src/events/type-names.ts";
import { checkAnswer, checkPost } from "../support/check-answer.ts";
import { TestEndpoint } from "../support/endpoints.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { seedSender } from "../support/seed.ts";

/** An answer that the gateway might give, held to the document as each answer of the tests is. */
function held(method: string, path: string, answer: Response, sent?: unknown): Promise<void> {
  answer.headers.set("x-request-id", "test-request");
  const body = sent === undefined ? {} : { body: JSON.stringify(sent) };
  const headers = { "content-type": "application/json" };
  return checkAnswer(
    new Request(`https://gateway.test${path}`, { method, headers, ...body }),
    answer,
  );
}

const window = { open: true, closes_at: null, why: "customer_wrote", thread_owner: "self" };
const path = "/v1/senders/31/windows/15550100001";

describe("the document, as the tests hold answers to it", () => {
  it("takes what it describes", async () => {
    await held("GET", path, Response.json(window));
    await held(
      "POST",
      "/v17.0/31/messages",
      Response.json({ error: { message: "", code: 1 } }, { status: 499 }),
    );
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    ["a field too many", () => held("GET", path, Response.json({ ...window, more: 1 })), /more/],
    ["a field too few", () => held("GET", path, Response.json({ open: true })), /closes_at/],
    [
      "a time that is none",
      () => held("GET", path, Response.json({ ...window, closes_at: "soon" })),
      /date-time/,
    ],
    [
      "a status that is not listed",
      () => held("GET", path, Response.json(window, { status: 201 })),
      /201 is not listed/,
    ],
    ["a door that is not described", () => held("PUT", path, Response.json({})), /no such door/],
    [
      "another kind of content",
      () => held("GET", path, new Response("yes", { headers: { "content-type": "text/plain" } })),
      /text\/plain, which is not listed/,
    ],
    [
      "a body that was taken and should not have been",
      () => held("PATCH", "/v1/senders/31", Response.json({}), { mps: "fast" }),
      /not as the document says/,
    ],
    [
      "an answer of the Cloud API without its message",
      () => held("POST", "/v24.0/31/messages", Response.json({ messages: [{}] })),
      /id/,
    ],
  ])("finds %s", async (_what, answer, why) => {
    await expect(answer()).rejects.toThrow(why);
  });

  it("finds an answer without a request id, wherever it comes from", async () => {
    const answer = checkAnswer(new Request("https://gateway.test/health"), new Response("ok"));
    await expect(answer).rejects.toThrow(/x-request-id/);
  });
});

describe("the document's webhooks, as posts are held to them", () => {
  it("are what an endpoint in native format is posted, whatever the type", async () => {
    partnerStub.start();
    const endpoint = new TestEndpoint();
    await endpoint.open();
    for (const type of EVENT_TYPE_NAMES) await endpoint.calls.tryOut(exampleEvent(type));
    expect(partnerStub.posts).toHaveLength(EVENT_TYPE_NAMES.length);
    for (const post of partnerStub.posts) await checkPost("event", post);
  });

  it("are what one in cloud_api format is posted, also while its secret rotates", async () => {
    partnerStub.start();
    const { partner, number } = await seedSender();
    const endpoint = new TestEndpoint(partner.id);
    await endpoint.open({ format: "cloud_api" });
    const event = { ...exampleEvent("message.received"), sender_id: number.id };
    await endpoint.calls.tryOut(event);
    await endpoint.calls.tryOut(exampleEvent("endpoint.test"));
    const sealed = endpoint.config?.secret;
    if (sealed === undefined) throw new Error("It is not open.");
    await endpoint.change({ previousSecret: { sealed, until: Date.now() + 60_000 } });
    await endpoint.calls.tryOut(event);
    expect(partnerStub.posts.map(({ event }) => JSON.stringify(event).includes('"wamid.'))).toEqual(
      [true, false, true],
    );
    expect(partnerStub.posts[2]?.headers).toHaveProperty("x-hub-signature-256-next");
    for (const post of partnerStub.posts) await checkPost("metaWebhook", post);
  });

  it.each<[string, object, Record<string, string>, RegExp]>([
    ["a field too many", { ...exampleEvent("send.settled"), more: 1 }, {}, /more/],
    [
      "data of another type",
      { ...exampleEvent("send.settled"), type: "media.stored" },
      {},
      /0 matches/,
    ],
    ["a header too many", exampleEvent("send.settled"), { "tandem-more": "1" }, /tandem-more/],
  ])("find %s", async (_what, event, more, why) => {
    partnerStub.start();
    const endpoint = new TestEndpoint();
    await endpoint.open();
    await endpoint.calls.tryOut(exampleEvent("send.settled"));
    const [post] = partnerStub.posts;
    if (post === undefined) throw new Error("Nothing was posted.");
    const changed = { ...post, body: JSON.stringify(event), headers: { ...post.headers, ...more } };
    await expect(checkPost("event", changed)).rejects.toThrow(why);
  });
});
