import { describe, expect, it } from "vitest";
import { FlushPause } from "../../src/durable/flush-pause.ts";

const pauseAfter = (...flushes: [ms: number, facts: number][]): number => {
  const pause = new FlushPause(250, 2_000);
  for (const [ms, facts] of flushes) pause.took(ms, facts);
  return pause.ms;
};

describe("the pause after a flush", () => {
  it("is the least before anything is known, and while the shard is at its best", () => {
    expect(pauseAfter()).toBe(250);
    expect(pauseAfter([20, 1], [20, 1], [20, 1])).toBe(250);
  });

  it("grows as flushes get slower, and ends where the shard is overrun", () => {
    const slower = pauseAfter([10, 1], [40, 1], [40, 1], [40, 1]);
    expect(slower).toBeGreaterThan(700);
    expect(slower).toBeLessThan(1_000);
    expect(pauseAfter([10, 1], [900, 1], [900, 1])).toBe(2_000);
  });

  it("is not longer for a batch that is only fuller", () => {
    expect(pauseAfter([10, 1], [58, 480], [58, 480])).toBe(250);
  });

  it("comes back when the shard does", () => {
    const many = Array.from({ length: 12 }, (): [number, number] => [10, 1]);
    expect(pauseAfter([10, 1], [400, 1], ...many)).toBeLessThan(280);
  });

  it("takes a shard that is slower for good as it is", () => {
    const many = Array.from({ length: 200 }, (): [number, number] => [40, 1]);
    expect(pauseAfter([10, 1], ...many)).toBeLessThan(260);
  });

  it("does not take the jitter of fast flushes for a crowd", () => {
    expect(pauseAfter([0, 1], [2, 1], [1, 1], [2, 1])).toBe(250);
  });
});
