import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { EndpointLines } from "../../src/durable/endpoint-lines.ts";
import { EndpointLog } from "../../src/durable/endpoint-log.ts";
import { SECOND, TestEndpoint } from "../support/endpoints.ts";
import { partnerStub } from "../support/partner-stub.ts";
import type { ShardProgress } from "../../src/durable/endpoint-log.ts";

const LIMITS = { page: 4, openMax: 16, aheadMax: 12, keep: 3, behindMax: 3 };
const SENDERS = [1, 2, 3, 4, 5];
/** Of a property's run: 25 steps append 750 events at most, and each costs a turn or two. */
const TURNS_MAX = 5_000;

const STEPS = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("append" as const),
        sender: fc.constantFrom(...SENDERS),
        count: fc.integer({ min: 1, max: 30 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("tell" as const),
        most: fc.integer({ min: 1, max: 60 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("wait" as const),
        sender: fc.constantFrom(...SENDERS),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("goOn" as const),
        sender: fc.constantFrom(...SENDERS),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  ),
  { minLength: 5, maxLength: 25 },
);

/** An endpoint's log and its lines, as the pump uses them, without a receiver. */
class Reader {
  readonly log = new EndpointLog(env, LIMITS);
  readonly lines = new EndpointLines();
  readonly #endpoint: TestEndpoint;
  /** Told, in that order. */
  readonly told: { event: string; senderId: string }[] = [];
  #progress: Record<string, ShardProgress> = {};

  /** @param progress what was written down before */
  constructor(endpoint: TestEndpoint, progress: Record<string, ShardProgress> = {}) {
    this.#endpoint = endpoint;
    this.#progress = progress;
    this.restart();
  }

  get config() {
    return this.#endpoint.config ?? expect.fail("It is not open.");
  }

  /** What was written down is what is known. */
  restart(): void {
    this.#progress = structuredClone(this.#progress);
    this.lines.reset(true);
    this.log.load(this.config, this.#progress);
  }

  /** Tells whatever may be told, some at most. @param waiting senders that nothing is told of */
  async tell(waiting: ReadonlySet<string>, most = Number.POSITIVE_INFINITY): Promise<number> {
    const before = this.told.length;
    this.log.ring();
    let turns = 0;
    for (let isIdle = false; !isIdle && this.told.length - before < most;) {
      turns += 1;
      expect(turns, "turns that lead nowhere").toBeLessThan(TURNS_MAX);
      const reads = this.log.read(this.config, Date.now(), {
        take: (jobs) => this.lines.add(jobs),
        cut: this.lines.cut.bind(this.lines),
        noteForgotten: () => expect.fail("Nothing was forgotten."),
      });
      await Promise.all(reads);
      const job = this.lines.take(Date.now(), ({ senderId }) => !waiting.has(senderId));
      isIdle = job === null && reads.length === 0;
      if (job === null) continue;
      this.told.push({ event: job.event, senderId: job.senderId });
      this.log.settle(job);
      this.lines.release(job);
      this.#progress = this.log.progress;
    }
    return this.told.length - before;
  }
}

describe("the log of an endpoint, where senders wait", () => {
  it("holds back nobody else, holds little, and tells each event once and in order", async () => {
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        const endpoint = new TestEndpoint();
        await endpoint.open({ state: "paused" });
        const reader = new Reader(endpoint);
        const waiting = new Set<string>();
        const appended: { event: string; senderId: string }[] = [];
        for (const step of steps) {
          switch (step.kind) {
            case "append": {
              const ids = await endpoint.append(step.sender, step.count);
              appended.push(...ids.map((event) => ({ event, senderId: `s${step.sender}` })));
              break;
            }
            case "tell":
              await reader.tell(waiting, step.most);
              break;
            case "wait":
              // As many as it is made for: with more, the others may have to wait with them.
              if (waiting.size < LIMITS.behindMax) waiting.add(`s${step.sender}`);
              break;
            case "goOn":
              waiting.delete(`s${step.sender}`);
              break;
            case "restart":
              reader.restart();
          }
          for (const { behind = {}, ahead } of Object.values(reader.log.progress)) {
            expect(Object.keys(behind).length).toBeLessThanOrEqual(LIMITS.behindMax);
            expect(ahead.length).toBeLessThanOrEqual(LIMITS.aheadMax + LIMITS.openMax);
          }
          expect(reader.lines.size).toBeLessThanOrEqual(2 * LIMITS.openMax + 20 * LIMITS.behindMax);
        }
        await reader.tell(waiting);
        const open = appended.filter(({ senderId }) => !waiting.has(senderId));
        const toldIds = new Set(reader.told.map(({ event }) => event));
        expect(
          open.filter(({ event }) => !toldIds.has(event)),
          "held back",
        ).toEqual([]);

        await reader.tell(new Set());
        expect(reader.told, "each once").toHaveLength(appended.length);
        for (const sender of SENDERS) {
          const of = (list: typeof appended) =>
            list.filter(({ senderId }) => senderId === `s${sender}`).map(({ event }) => event);
          expect(of(reader.told), "in order").toEqual(of(appended));
        }
        // Everybody has caught up, and no position is left behind.
        await reader.tell(new Set());
        expect(reader.log.progress["DB"]).toEqual({ reached: appended.length, ahead: [] });
      }),
      { numRuns: 12, endOnFailure: true },
    );
  }, 120_000);
});

describe("a sender that was left behind", () => {
  let endpoint: TestEndpoint;
  beforeEach(async () => {
    endpoint = new TestEndpoint();
    await endpoint.open({ state: "paused" });
  });
  const told = (reader: Reader, senderId: string) =>
    reader.told.filter((one) => one.senderId === senderId).map(({ event }) => event);
  const isApart = (reader: Reader) => "s1" in (reader.log.progress["DB"]?.behind ?? {});

  it("and has caught up is told nothing twice by a restart, though another one still waits", async () => {
    const [held = ""] = await endpoint.append(2);
    const many = await endpoint.append(1, 30);
    const reader = new Reader(endpoint);
    await reader.tell(new Set(["s1", "s2"]));
    expect(isApart(reader)).toBe(true);
    await reader.tell(new Set(["s2"]));
    expect(told(reader, "s1")).toEqual(many);
    expect(isApart(reader), "read with all others again").toBe(false);

    reader.restart();
    const late = await endpoint.append(1, 2);
    await reader.tell(new Set(["s2"]));
    reader.restart();
    await reader.tell(new Set());
    expect(told(reader, "s1")).toEqual([...many, ...late]);
    expect(told(reader, "s2")).toEqual([held]);
    await reader.tell(new Set());
    expect(reader.log.progress["DB"]).toEqual({ reached: 33, ahead: [] });
  });

  it("is not told again what it was told out of order, before order was asked for", async () => {
    const many = await endpoint.append(1, 30);
    const before = [20, 25]; // positions, which begin at 1
    const reader = new Reader(endpoint, { DB: { reached: 0, ahead: before } });
    await reader.tell(new Set(["s1"]));
    expect(isApart(reader)).toBe(true);
    reader.restart();
    await reader.tell(new Set(), 3);
    reader.restart();
    await reader.tell(new Set());
    expect(told(reader, "s1")).toEqual(many.filter((_, n) => !before.includes(n + 1)));
  });

  it("is not looked for without end in a log that ends before what the others were told", async () => {
    await endpoint.append(1, 5);
    const behind = { s1: { reached: 10, ahead: [] } };
    const reader = new Reader(endpoint, { DB: { reached: 30, ahead: [], behind } });
    await reader.tell(new Set());
    expect(reader.told).toEqual([]);
  });
});

describe("an endpoint of which one sender waits with more than memory holds", () => {
  let endpoint: TestEndpoint;
  beforeEach(() => {
    partnerStub.start();
    endpoint = new TestEndpoint();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  });

  it("is told of the others, and of that one in order once it is taken again", async () => {
    await endpoint.open();
    partnerStub.answer(({ event }) =>
      event.sender_id === "s1" ? new Response("no", { status: 500 }) : new Response(null),
    );
    const stuck = await endpoint.append(1, 2_060);
    const free = await endpoint.append(2, 40);
    await endpoint.work();
    const told = () => partnerStub.posts.map(({ headers }) => headers["webhook-id"] ?? "");
    expect(free.filter((id) => !told().includes(id))).toEqual([]);
    expect((await endpoint.calls.figures()).reached["DB"]).toBeLessThan(2_060);

    // What was left behind is known after a restart, too.
    await endpoint.evict();
    partnerStub.mend();
    partnerStub.posts = [];
    await endpoint.pass(6 * SECOND);
    await endpoint.pass(6 * SECOND);
    const again = told();
    expect(again.length).toBeGreaterThan(LIMITS.openMax);
    expect(again).toEqual(stuck.slice(0, again.length));
  }, 60_000);
});

describe("a version that was rolled back to before a shard was added", () => {
  it("keeps how far that shard was told: the next one tells none of it again", async () => {
    const endpoint = new TestEndpoint();
    await endpoint.open();
    const config = endpoint.config ?? expect.fail("It is not open.");
    const log = new EndpointLog({ DB: env.DB } as Env);
    const told = { reached: 7, ahead: [9] };
    log.load(config, { DB: { reached: 1, ahead: [] }, DB_1: told });
    expect(log.progress).toMatchObject({ DB: { reached: 1 }, DB_1: told });
    expect(Object.keys(log.reached)).toEqual(["DB"]);
  });
});
