import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TRIES } from "../../src/queues/bodies.ts";

const config = readFileSync("wrangler.toml", "utf8");

describe("each queue", () => {
  const consumers = config.split("[[queues.consumers]]").slice(1);
  const read = (part: string, name: string) =>
    new RegExp(`^${name} = "?([^"\\n# ]+)`, "m").exec(part)?.[1];
  const queues = new Map(consumers.map((part) => [read(part, "queue") ?? "", part]));

  it.each(Object.entries(TRIES))(
    "%s is tried %i times, then goes to dead letters of its own",
    (name, tries) => {
      const part = queues.get(`tandem-${name}`) ?? "";
      expect(Number(read(part, "max_retries")) + 1).toBe(tries);
      expect(read(part, "dead_letter_queue")).toBe(`tandem-${name}-dead`);
      // And those are read: an unread queue is emptied after 4 days.
      expect(queues.has(`tandem-${name}-dead`)).toBe(true);
    },
  );

  it("has its tries counted", () => {
    const worked = [...queues.keys()].filter((name) => !name.endsWith("-dead"));
    expect(worked.toSorted()).toEqual(
      Object.keys(TRIES)
        .map((name) => `tandem-${name}`)
        .toSorted(),
    );
  });
});
