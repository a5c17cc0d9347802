import { beforeEach, describe, expect, it, vi } from "vitest";
import { post } from "../../src/durable/endpoint-post.ts";
import { partnerStub } from "../support/partner-stub.ts";

const LETTER = { url: "https://partner.test/hooks", headers: {}, body: "{}" };

beforeEach(() => partnerStub.start());

/** Posts, and lets the clock say so much more once the receiver has it. */
async function postAndPass(ms: number) {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  const posted = post(LETTER);
  while (partnerStub.posts.length === 0) await new Promise((done) => setImmediate(done));
  for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
  await vi.advanceTimersByTimeAsync(ms);
  return posted;
}

describe("a receiver", () => {
  it.each([200, 201, 204, 299])("that answers %i has taken it", async (status) => {
    partnerStub.answer(() => new Response(null, { status }));
    expect(await post(LETTER)).toMatchObject({ status, failure: null, answer: null });
  });

  it.each([
    [302, "redirect"],
    [304, "redirect"],
    [400, "http_400"],
    [500, "http_500"],
  ])("that answers %i has not", async (status, failure) => {
    const headers = { location: "https://partner.test/elsewhere" };
    partnerStub.answer(() => new Response(null, { status, headers }));
    expect(await post(LETTER)).toMatchObject({ status, failure });
    expect(partnerStub.posts).toHaveLength(1);
  });

  it("that says nothing for 15 s has not", async () => {
    partnerStub.answer(() => new Promise<Response>(() => undefined));
    expect(await postAndPass(15_000)).toEqual({
      ms: 15_000,
      status: null,
      failure: "timeout",
      answer: null,
    });
  });

  it("that never ends its answer is not waited for", async () => {
    const body = () =>
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("begun")),
      });
    partnerStub.answer(() => new Response(body()));
    expect(await postAndPass(2_000)).toMatchObject({ status: 200, failure: null, answer: "begun" });
  });

  it("that answers with 10 MB is read for 64 kB, and 1,000 bytes are kept", async () => {
    let pulled = 0;
    const body = () =>
      new ReadableStream({
        pull: (controller) => {
          pulled += 16_384;
          controller.enqueue(new Uint8Array(16_384).fill(97));
          if (pulled >= 10_000_000) controller.close();
        },
      });
    partnerStub.answer(() => new Response(body()));
    expect(await post(LETTER)).toMatchObject({ status: 200, answer: "a".repeat(1_000) });
    expect(pulled).toBeLessThan(1_000_000);
  });

  it("that breaks the connection has not taken it", async () => {
    partnerStub.answer(() => Response.error());
    expect(await post(LETTER)).toMatchObject({ status: null, failure: "connection" });
  });
});
