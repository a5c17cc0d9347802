import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TRIES } from "../../src/queues/bodies.ts";

const page = readFileSync("docs/operating.md", "utf8");
const config = readFileSync("wrangler.toml", "utf8");

describe("docs/operating.md", () => {
  it("lists every sweep, and no other", () => {
    const code = readFileSync("src/scheduled.ts", "utf8");
    const table = /export const SWEEPS[^{]*\{([\s\S]*?)\n\};/.exec(code)?.[1] ?? "";
    const names = [...table.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(15);
    const section = /\n## What heals by itself\n([\s\S]*?)\n## /.exec(page)?.[1] ?? "";
    const listed = [...section.matchAll(/^\| `(\w+)` \|[^|]*\|[^|]*\|[^|]*\|$/gm)].map(
      ([, name]) => name,
    );
    expect(listed.toSorted()).toEqual(names.toSorted());
  });

  it("names no door of operators that there is not", () => {
    const document = JSON.parse(readFileSync("public/openapi.json", "utf8")) as {
      paths: Record<string, object>;
    };
    // A part is a variable of the shell, or an id as it looks.
    const known = Object.keys(document.paths).map(
      (path) => new RegExp(`^${path.replaceAll(/\{[^}]*\}/g, "[^/:]+")}$`),
    );
    const named = [...page.matchAll(/\$TANDEM(?:_URL)?(\/v1\/admin\/[^"?\s`]*)/g)].map(
      ([, path = ""]) => path.replaceAll(/\$\([^)]*\)/g, "*"),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !known.some((door) => door.test(path)))).toEqual([]);
  });
});

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
