import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { POINTERS } from "../../src/queues/bodies.ts";
import { loggedOf } from "../support/quiet-logs.ts";
import { consumeByHand } from "../support/storage.ts";

const SOURCES = Object.keys(POINTERS);

describe.each(["tandem", "tandem-eu", "tandem-07", "shop-sends"])("an installation %s", (name) => {
  it.each(SOURCES)("consumes its queue of %s", async (source) => {
    await consumeByHand(`${name}-${source}`, [{ no: "pointer" }]);
    // Among them: what a test before left in a queue may come to its end here.
    const said = expect.objectContaining({ queue: source, error: "ZodError" });
    expect(loggedOf("queue.retry")).toContainEqual(said);
  });

  it.each(SOURCES)("writes down what it could not do of %s", async (source) => {
    await consumeByHand(`${name}-${source}-dead`, [{ key: "inbox/1" }]);
    const { results } = await env.DB.prepare(`SELECT source FROM dead_letters`).all();
    expect(results).toContainEqual({ source });
    expect(loggedOf("queue.dead_letter")).toContainEqual(
      expect.objectContaining({ queue: source }),
    );
  });
});

it.each(["tandem-eu", "tandem-eu-other", "tandem-historydead", "history"])(
  "a queue that nobody here knows is said: %s",
  async (queue) => {
    await expect(consumeByHand(queue, [{ key: "inbox/1" }])).rejects.toThrow(
      `There is no consumer for the queue ${queue}.`,
    );
  },
);
