import { describe, expect, it } from "vitest";
import type { HistoryScenario } from "../../simulator/simulator.ts";
import type { Connected } from "./support.ts";
import { call, connect } from "./support.ts";

type Message = {
  id: string;
  from: string;
  timestamp: string;
  type: string;
  history_context: object;
};
type Chunk = {
  metadata: { phase: number; chunk_order: number; progress: number };
  threads: { id: string; messages: Message[] }[];
};

async function upload(history: HistoryScenario): Promise<Connected> {
  const connected = await connect({ history });
  const { simulator, business, token } = connected;
  const json = { messaging_product: "whatsapp", sync_type: "history" };
  await call(simulator, "POST", `/${business.phoneNumberId}/smb_app_data`, { token, json });
  await simulator.idle();
  return connected;
}

function chunksOf({ door }: Connected): Chunk[] {
  return door.taken.flatMap(({ change }) => (change.value.history ?? []) as Chunk[]);
}

function wamidsOf(connected: Connected): string[] {
  const threads = chunksOf(connected).flatMap((chunk) => chunk.threads);
  return threads.flatMap(({ messages }) => messages.map(({ id }) => id));
}

describe("a history of 2,000 messages", () => {
  it("comes whole, in three phases that each run to 100", async () => {
    const connected = await upload({ messages: 2_000, threads: 40, chunkMessages: 200 });
    const { simulator, business } = connected;
    const expected = [...simulator.historyWamids(business)];
    expect(new Set(expected).size).toBe(2_000);
    expect(wamidsOf(connected).toSorted()).toEqual(expected.toSorted());
    const chunks = chunksOf(connected);
    for (const phase of [0, 1, 2]) {
      const steps = chunks.map(({ metadata }) => metadata).filter((one) => one.phase === phase);
      const order = steps.map((one) => one.chunk_order).toSorted((a, b) => a - b);
      expect(order).toEqual(order.map((_, i) => i + 1));
      expect(steps.filter(({ progress }) => progress === 100)).toHaveLength(1);
    }
    expect(new Set(chunks.flatMap(({ threads }) => threads.map(({ id }) => id))).size).toBe(40);
    expect(simulator.ledger.of(business.wabaId).historyMessages).toBe(2_000);
  });

  it("looks like real ones: from_me or absent, lower-case statuses, no `to`, up to 180 days old", async () => {
    const connected = await upload({ messages: 2_000, reactionShare: 0.05, editShare: 0.05 });
    const { business } = connected;
    const messages = chunksOf(connected).flatMap(({ threads }) =>
      threads.flatMap((one) => one.messages),
    );
    const own = messages.filter(({ from }) => from === business.displayPhoneNumber);
    expect(own.length).toBeGreaterThan(800);
    expect(own.length).toBeLessThan(1_200);
    expect(own.every(({ history_context }) => "from_me" in history_context)).toBe(true);
    const others = messages.filter(({ from }) => from !== business.displayPhoneNumber);
    expect(others.some(({ history_context }) => "from_me" in history_context)).toBe(false);
    expect(messages.some((message) => "to" in message)).toBe(false);
    expect(new Set(messages.map(({ type }) => type))).toEqual(
      new Set(["text", "location", "media_placeholder", "reaction", "edit"]),
    );
    const ages = messages.map(
      ({ timestamp }) => (connected.simulator.now() / 1000 - Number(timestamp)) / 86_400,
    );
    expect(Math.max(...ages)).toBeGreaterThan(170);
    expect(Math.max(...ages)).toBeLessThan(180.01);
  });

  it("brings each message at least once when chunks repeat, stray and are cut anew", async () => {
    const connected = await upload({
      messages: 2_000,
      chunkMessages: 100,
      duplicateChunks: 0.2,
      reorder: true,
      regroup: true,
    });
    const { simulator, business } = connected;
    const seen = wamidsOf(connected);
    expect([...new Set(seen)].toSorted()).toEqual(
      [...simulator.historyWamids(business)].toSorted(),
    );
    expect(seen.length).toBeGreaterThan(4_000);
    const orders = chunksOf(connected).map(
      ({ metadata }) => metadata.phase * 1_000 + metadata.chunk_order,
    );
    expect(orders).not.toEqual(orders.toSorted((a, b) => a - b));
  });

  it("never brings what was in a lost chunk", async () => {
    const connected = await upload({
      messages: 2_000,
      chunkMessages: 100,
      loseChunks: 0.2,
      duplicateChunks: 0.2,
      regroup: true,
      mediaShare: 0.2,
    });
    const { simulator, business, door } = connected;
    const expected = new Set(simulator.historyWamids(business));
    expect(expected.size).toBeLessThan(2_000);
    expect(new Set(wamidsOf(connected))).toEqual(expected);
    const media = door.taken.flatMap(({ change }) => [
      ...((change.value.messages ?? []) as Message[]),
      ...((change.value.message_echoes ?? []) as Message[]),
    ]);
    expect(media.length).toBeGreaterThan(0);
    expect(media.every(({ id }) => expected.has(id))).toBe(true);
  });

  it("lets the media of the last 14 days follow their placeholders, and no older ones", async () => {
    const connected = await upload({
      messages: 2_000,
      mediaShare: 0.3,
      echoFollowUpField: "smb_message_echoes",
    });
    const { door, simulator, business, token } = connected;
    const placeholders = chunksOf(connected)
      .flatMap(({ threads }) => threads.flatMap(({ messages }) => messages))
      .filter(({ type }) => type === "media_placeholder");
    const since = simulator.now() / 1000 - 14 * 86_400;
    const young = placeholders
      .filter(({ timestamp }) => Number(timestamp) >= since - 60)
      .map(({ id }) => id);
    const followed = door.taken.flatMap(
      ({ change }) =>
        (change.field === "history"
          ? (change.value.messages ?? [])
          : (change.value.message_echoes ?? [])) as Message[],
    );
    expect(followed.map(({ id }) => id).toSorted()).toEqual(young.toSorted());
    const image = followed.find(({ type }) => type === "image") as unknown as {
      image: { id: string };
    };
    expect((await call(simulator, "GET", `/${image.image.id}`, { token })).body).toHaveProperty(
      "url",
    );
    expect(simulator.ledger.of(business.wabaId).historyMedia).toBe(young.length);
  });
});

it("is one webhook with 2593109 when the owner declined", async () => {
  const connected = await upload({ messages: 100, declined: true });
  expect(connected.door.taken).toMatchObject([
    { change: { field: "history", value: { history: [{ errors: [{ code: 2593109 }] }] } } },
  ]);
  expect([...connected.simulator.historyWamids(connected.business)]).toEqual([]);
});

it("is accepted and never comes when the scenario says so", async () => {
  const { simulator, door, business } = await upload({ messages: 100, neverComes: true });
  expect(door.taken).toEqual([]);
  expect([...simulator.historyWamids(business)]).toEqual([]);
});

it("is the same in another run with the same seed", async () => {
  const [first, second] = [await upload({ messages: 50 }), await upload({ messages: 50 })];
  expect(wamidsOf(first)).toEqual(wamidsOf(second));
});
