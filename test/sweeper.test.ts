import { createExecutionContext, createScheduledController } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import worker from "../src/index.ts";
import { runSweeps, SWEEPS } from "../src/scheduled.ts";
import { inOwnCalls } from "../src/sweeper.ts";
import { seedSender, services } from "./support/seed.ts";
import { DAY, rowsOf, senderOf } from "./support/storage.ts";
import type { Sweep } from "../src/scheduled.ts";

describe("the cron", () => {
  it("runs each sweep in a call of its own, under the sweep's own request id", async () => {
    const { number } = await seedSender();
    const { key, shard, generation } = await senderOf(number);
    await services()
      .shard(shard)
      .prepare(
        `INSERT INTO syncs (sender, generation, kind, state, requested_at)
         VALUES (?, ?, 'history', 'requested', ?)`,
      )
      .bind(key, generation, Date.now() - DAY)
      .run();
    const info = vi.spyOn(console, "log");
    const called: unknown[] = [];
    const sweeper = {
      sweep: (name: string, requestId: string | undefined) => {
        called.push([name, requestId?.replace(/_.*/, "")]);
        return exports.Sweeper.sweep(name, requestId);
      },
    };
    const context = Object.assign(createExecutionContext(), { exports: { Sweeper: sweeper } });
    await worker.scheduled(createScheduledController(), env, context);
    expect(called).toEqual(Object.keys(SWEEPS).map((name) => [name, "sweep"]));
    expect(await rowsOf(number, "syncs")).toMatchObject([{ state: "stalled" }]);
    expect(info.mock.calls.join("\n")).toMatch(/"scheduled.swept".*"sweep":"history","found":1/);
  });

  it("makes no more such calls than Cloudflare lets one make", () => {
    expect(Object.keys(inOwnCalls({ sweep: () => Promise.resolve(0) })).length).toBeLessThan(32);
  });
});

it("a sweep that fails in its own call is told as failed, by its kind alone", async () => {
  const error = vi.spyOn(console, "error");
  await env.DB.prepare(`ALTER TABLE dead_letters RENAME TO elsewhere`).run();
  await runSweeps(env, { letters_done: inOwnCalls(exports.Sweeper)["letters_done"] as Sweep });
  await env.DB.prepare(`ALTER TABLE elsewhere RENAME TO dead_letters`).run();
  expect(error.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)).toMatchObject([
    { event: "scheduled.failed", sweep: "letters_done", error: "Error:SQLITE_ERROR" },
  ]);
});
