import { Agent } from "node:http";
import { inParallel } from "./in-parallel.ts";
import { post } from "./post.ts";
import type { PreparedPost } from "./post.ts";

export interface LoopResult {
  /** Answers of 200 a second, from the first request to the last answer. */
  perSecond: number;
  /** How long each answer took, ms. */
  answerMs: number[];
}

/**
 * Posts everything once over `connections` kept-alive connections, each with its next post as soon
 * as it has its answer. Nothing is made while the clock runs.
 *
 * @throws Error on any answer but 200: a rate of refusals means nothing
 */
export async function postClosedLoop(
  url: URL,
  posts: readonly PreparedPost[],
  connections: number,
): Promise<LoopResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answerMs: number[] = [];
  const startedAt = performance.now();
  try {
    await inParallel(posts, connections, async (each) => {
      const sentAt = performance.now();
      const { status } = await post(agent, url, each);
      if (status !== 200) throw new Error(`${url.href} answered ${status}`);
      answerMs.push(performance.now() - sentAt);
    });
    return { perSecond: (posts.length / (performance.now() - startedAt)) * 1_000, answerMs };
  } finally {
    agent.destroy();
  }
}
