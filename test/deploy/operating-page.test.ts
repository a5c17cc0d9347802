import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const page = read("docs/operating.md");

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, found = ""]) => found))];
}

describe("the operators' page", () => {
  it("names commands that are there", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = matches(page, /npm run ([a-z:]+)/g);
    expect(named).toEqual(
      expect.arrayContaining(["deploy", "backup", "smoke", "doctor", "release"]),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("names files that are there", () => {
    const named = matches(page, /((?:scripts|docs|src)\/[\w./-]+\.\w+)/g);
    expect(named).toEqual(expect.arrayContaining(["scripts/restore/shard.sql"]));
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it("names options that npm run deploy knows, and all of them", () => {
    const known = matches(read("scripts/deploy.ts"), /^ {2}(--[a-z-]+)/gm);
    const section = page.slice(page.indexOf("## Deploying"), page.indexOf("## Logs"));
    for (const option of known) expect(section).toContain(option);
    const lines = section.split("\n").filter((line) => line.startsWith("npm run deploy"));
    const named = lines.flatMap((line) => matches(line, /(--[a-z][a-z-]*)/g));
    expect(named.filter((option) => !known.includes(option))).toEqual([]);
  });
});
