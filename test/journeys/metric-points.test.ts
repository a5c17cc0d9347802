import { env } from "cloudflare:workers";
import { HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { drainSends } from "../../src/operations/drain-sends.ts";
import { writePoint } from "../../src/lib/metrics.ts";
import { runSweeps } from "../../src/scheduled.ts";
import { TestEndpoint } from "../support/endpoints.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { MetaFile, mediaIs } from "../support/media.ts";
import { whileDatabasesAreDown } from "../support/down-databases.ts";
import { eventually } from "../support/eventually.ts";
import { measurePoints, pointsOf, rawPoints, stopMeasuring } from "../support/metric-points.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { deliver, seedObservedSender, seedSender, services } from "../support/seed.ts";
import { customer, sendIdOf, sendPath, templateTo, textTo } from "../support/sends.ts";
import { consumeByHand, historySettled } from "../support/storage.ts";
import {
  CUSTOMER,
  historyChunk,
  inbound,
  newWamid,
  textMessage,
  webhook,
} from "../support/webhooks.ts";

beforeEach(measurePoints);
afterEach(stopMeasuring);

const any = expect.any(Number);
const accept = () =>
  graph.respond(({ path, method }) =>
    method === "POST" && path.endsWith("/messages")
      ? Response.json({ messages: [{ id: newWamid("sent") }] })
      : undefined,
  );

describe("a webhook", () => {
  it("is a point with its field, its size and how long its answer took; its facts are another, of the flush", async () => {
    const { partner, number } = await seedSender();
    measurePoints();
    const body = inbound(number, textMessage(), textMessage());
    await deliver(number, body);
    expect(pointsOf("webhook")).toEqual([
      {
        name: "webhook",
        about: number.id,
        outcome: "accepted",
        field: "messages",
        facts: 2,
        bytes: JSON.stringify(body).length,
        ms: any,
      },
    ]);
    expect(pointsOf("flush")).toMatchObject([
      {
        about: number.id,
        outcome: "written",
        partner: partner.id,
        shard: "DB",
        facts: 2,
        inbound: 2,
        left: 0,
      },
    ]);
    const [flush] = pointsOf("flush");
    expect(flush?.["rows"]).toBeGreaterThan(5);
    expect(flush?.["lag_ms"]).toBeGreaterThanOrEqual(flush?.["ms"] as number);
  });

  it("is a point also where it is refused, and where nothing of it could be kept", async () => {
    await webhook({ entry: [] }, { signature: `sha256=${"0".repeat(64)}` });
    await webhook("[]");
    await webhook(`{"entry":[{"changes":[{"field":"</script>","value":{}}]}]}`);
    const archive = env.ARCHIVE;
    const broken = { put: () => Promise.reject(new Error("away")) };
    const { number } = await seedSender();
    Object.assign(services(), { archive: broken });
    try {
      await webhook(historyChunk(number, { [CUSTOMER]: [textMessage()] }));
    } finally {
      Object.assign(services(), { archive });
    }
    expect(pointsOf("webhook").map(({ outcome, field }) => [outcome, field])).toEqual([
      ["signature", ""],
      ["not_an_object", ""],
      ["accepted", "unknown"],
      ["not_durable", "history"],
    ]);
  });

  it("is a point of a flush that failed, with how long the oldest fact has waited", async () => {
    const { number } = await seedSender();
    measurePoints();
    await whileDatabasesAreDown(async () => {
      await webhook(inbound(number, textMessage()));
      await eventually(() => expect(pointsOf("flush")).not.toEqual([])); // the next try is 2 s away
    });
    expect(pointsOf("flush")).toMatchObject([{ outcome: "failed", facts: 1, rows: 0, left: 1 }]);
  });
});

describe("a send", () => {
  it("is a point with its outcome, and one of its place", async () => {
    const { partner, number } = await seedObservedSender();
    accept();
    await partner.post(sendPath(number), templateTo());
    expect(pointsOf("sends")).toMatchObject([
      { about: number.id, outcome: "accepted", type: "template", code: "", count: 1 },
    ]);
    expect(pointsOf("places")).toMatchObject([{ about: number.id, lane: "caller", used: 1 }]);
    graph.reset();
    graph.respond(() => graphError(400, 131026, "no"));
    await partner.post(sendPath(number), templateTo());
    graph.reset();
    graph.respond(() => HttpResponse.error());
    await partner.post(sendPath(number), templateTo(customer(2)));
    await partner.post(sendPath(number), textTo(customer(3)));
    expect(pointsOf("sends").map(({ outcome, code }) => [outcome, code])).toEqual([
      ["accepted", ""],
      ["refused", "131026"],
      ["unknown", expect.any(String)],
      ["refused_here", "131047"],
    ]);
    expect(pointsOf("places")).toHaveLength(3); // what was refused here used none
  });

  it("is counted with the others of its run where it was queued", async () => {
    const { partner, number } = await seedObservedSender();
    accept();
    const hold = vi.spyOn(services().queues.sends, "send").mockResolvedValue({} as never);
    try {
      for (let n = 0; n < 5; n++) {
        const headers = { prefer: "respond-async" };
        sendIdOf(await partner.post(sendPath(number), templateTo(customer(n)), headers));
      }
      await drainSends(services(), number.id);
    } finally {
      hold.mockRestore();
    }
    expect(pointsOf("sends")).toMatchObject([{ outcome: "accepted", count: 5 }]);
    const [places] = pointsOf("places");
    expect(places).toMatchObject({ lane: "queue", used: 5 });
    expect(places?.["longest_ms"]).toBeGreaterThanOrEqual(200);
    expect(places?.["waited_ms"]).toBeGreaterThanOrEqual(places?.["longest_ms"] as number);
  });
});

describe("what comes later", () => {
  it("is a point for each kind of end that an endpoint's posts came to", async () => {
    partnerStub.start();
    const endpoint = new TestEndpoint();
    await endpoint.open();
    await endpoint.append(1, 3);
    await endpoint.ring();
    // A run writes when it ends: a second after its last post.
    const seen = (count: number) =>
      eventually(() => expect(pointsOf("deliveries")).toHaveLength(count));
    await seen(1);
    partnerStub.answer(500);
    await endpoint.append(1, 1);
    await endpoint.ring();
    await seen(2);
    await endpoint.pass(6_000);
    const { partner } = endpoint;
    expect(pointsOf("deliveries").slice(0, 2)).toMatchObject([
      { about: endpoint.id, outcome: "taken", partner, format: "native", count: 3, repeats: 0 },
      { about: endpoint.id, outcome: "http_500", partner, format: "native", count: 1, repeats: 0 },
    ]);
    expect(pointsOf("deliveries")[2]).toMatchObject({ outcome: "http_500", count: 1, repeats: 1 });
  });

  it("is a point of each history body and of the queue that it came by", async () => {
    const { partner, number } = await seedSender();
    await webhook(
      historyChunk(
        number,
        { [CUSTOMER]: [textMessage(), textMessage()] },
        { order: 1, progress: 9 },
      ),
    );
    await historySettled(number);
    await eventually(() => expect(pointsOf("queue")).not.toEqual([]));
    expect(pointsOf("history")).toMatchObject([
      { about: number.id, partner: partner.id, messages: 2, pages: 1 },
    ]);
    expect(pointsOf("queue")).toContainEqual({
      name: "queue",
      about: "history",
      done: 1,
      retried: 0,
      attempts: 1,
      ms: any,
    });
    await consumeByHand("tandem-history", [{ no: "key" }]);
    expect(pointsOf("queue").at(-1)).toMatchObject({ done: 0, retried: 1 });
  });

  it("is a point of each attempt at a file", async () => {
    const { number } = await seedSender();
    const file = new MetaFile();
    const wamid = newWamid("file");
    const { text: _, ...message } = textMessage({ wamid }) as Record<string, unknown>;
    const image = { id: file.id, mime_type: "image/png" };
    await deliver(number, inbound(number, { ...message, type: "image", image }));
    await mediaIs(number, wamid, "stored");
    expect(pointsOf("media")).toMatchObject([
      { about: number.id, outcome: "stored", reason: "", bytes: file.bytes.length, attempts: 1 },
    ]);
  });

  it("is a point of a sweep that failed, and of alarms", async () => {
    await whileDatabasesAreDown(() => runSweeps(env));
    expect(pointsOf("sweep")).toContainEqual({
      name: "sweep",
      about: "media",
      outcome: "failed",
      count: 0,
      ms: any,
    });
    expect(pointsOf("sweep").length).toBeLessThanOrEqual(24);
    await services().alarms().raise({ alarm: "shard_full", subject: "DB", since: 1, detail: "" });
    await services().alarms().clear("shard_full", "DB");
    expect(pointsOf("alarm")).toMatchObject([
      { about: "DB", change: "raised", alarm: "shard_full", count: 1 },
      { about: "DB", change: "cleared", alarm: "shard_full", count: 1 },
    ]);
  });
});

describe("points", () => {
  it("hold no number, name, text or token of anybody", async () => {
    const { partner, number } = await seedObservedSender();
    accept();
    await deliver(number, inbound(number, textMessage({ body: "Two rye loaves" })));
    await partner.post(sendPath(number), textTo(CUSTOMER, "At noon"));
    const text = JSON.stringify(rawPoints());
    const said = [
      "rye",
      "noon",
      CUSTOMER,
      number.phone,
      "wamid",
      partner.key,
      `token-of-${number.id}`,
    ];
    for (const word of said) expect(text).not.toContain(word);
    expect(pointsOf("sends")).toHaveLength(1); // and it is no empty list
  });

  it("are no business of what they measure: one that cannot be written is left out", () => {
    const point = { change: "raised", alarm: "shard_full", count: 1 };
    const full = {
      writeDataPoint() {
        throw new Error("too many");
      },
    };
    expect(() => writePoint(full, "alarm", "DB", point)).not.toThrow();
    expect(() => writePoint(undefined, "alarm", "DB", point)).not.toThrow();
  });
});
