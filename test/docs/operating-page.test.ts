import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EVENT_TYPE_NAMES } from "../../src/events/type-names.ts";
import { AUDIT_ACTIONS } from "../../src/lib/audit-actions.ts";
import { LOG_LEVELS } from "../../src/lib/log.ts";
import { askCommand } from "../scripts/ask-command.ts";

const page = readFileSync("docs/operating.md", "utf8");

/** The text under a heading of the second order. */
function section(title: string): string {
  const from = page.indexOf(`\n## ${title}\n`);
  const to = page.indexOf("\n## ", from + 1);
  return from === -1 ? "" : page.slice(from, to === -1 ? undefined : to);
}

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, found = ""]) => found))];
}

/** What stands in an address for a parameter: a variable, or an id as an example. */
const PARAMETER = String.raw`(?:\$\w+|\d+|[a-z]+_[0-9a-z]+)`;

describe("docs/operating.md", () => {
  it("lists every sweep, in the order in which they run", () => {
    const code = readFileSync("src/scheduled.ts", "utf8");
    const table = /export const SWEEPS[^{]*\{([\s\S]*?)\n\};/.exec(code)?.[1] ?? "";
    const names = matches(table, /^ {2}(\w+):/gm);
    expect(names.length).toBeGreaterThan(15);
    const rows = section("What heals by itself").split("\n");
    const listed = rows
      .filter((row) => row.startsWith("| `"))
      .map((row) => row.split("|").slice(1));
    expect(listed.map(([name]) => name?.replaceAll(/[` ]/g, ""))).toEqual(names);
    for (const cells of listed) expect(cells.length, cells[0]).toBe(5);
  });

  it("calls no door of operators that there is not", () => {
    const { paths } = JSON.parse(readFileSync("public/openapi.json", "utf8")) as {
      paths: Record<string, object>;
    };
    const doors = Object.entries(paths).flatMap(([path, methods]) => {
      const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, PARAMETER)}$`);
      return Object.keys(methods).map((method) => ({ method: method.toUpperCase(), pattern }));
    });
    const calls = page
      .replaceAll(/ *\\\n */g, " ")
      .split("\n")
      .flatMap((line) => {
        const [, path] = /\$TANDEM(\/v1\/admin\/[^"?\s]*)/.exec(line) ?? [];
        const [, method = "GET"] = / -X (\w+)/.exec(line) ?? [];
        return path === undefined ? [] : [{ method, path }];
      });
    expect(calls.length).toBeGreaterThan(20);
    const unknown = calls.filter(
      ({ method, path }) =>
        !doors.some((door) => door.method === method && door.pattern.test(path)),
    );
    expect(unknown).toEqual([]);
  });

  it("names no log line, event or action that there is not", () => {
    const known = [LOG_LEVELS, AUDIT_ACTIONS]
      .flatMap((names) => Object.keys(names))
      .concat(EVENT_TYPE_NAMES);
    const nouns = new Set(known.map((name) => name.split(".")[0]));
    const named = matches(page, /`([a-z_]+\.(?!sql|json)[a-z_]+)`/g);
    const ours = named.filter((name) => nouns.has(name.split(".")[0] ?? ""));
    expect(ours.length).toBeGreaterThan(20);
    expect(ours.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("names commands that are there", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = matches(page, /npm run ([a-z:]+)/g);
    expect(named).toEqual(
      expect.arrayContaining(["deploy", "backup", "smoke", "doctor", "release"]),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("names files that are there", () => {
    const named = matches(page, /((?:scripts|docs|src)\/[\w./-]+\.\w+)/g);
    expect(named).toEqual(expect.arrayContaining(["scripts/restore/shard.sql"]));
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
  });

  it("names all options of npm run deploy", () => {
    const known = askCommand("scripts/deploy.ts").options.filter((option) => option !== "--help");
    expect(known.length).toBeGreaterThan(5);
    const deploying = section("Deploying");
    for (const option of known) expect(deploying).toContain(option);
  });
});
