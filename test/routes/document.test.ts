import { describe, expect, it } from "vitest";
import { checkAnswer } from "../support/check-answer.ts";

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
