import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { askCommand, optionsIn } from "./ask-command.ts";

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
  scripts: Record<string, string>;
};
/** What a person types, and the file that it runs. */
const COMMANDS = Object.entries(scripts).flatMap(([name, line]) => {
  const [, file] = /^node (\S+\.ts)$/.exec(line) ?? [];
  return file === undefined ? [] : [{ name, file }];
});

/** Where options are named; an option alone belongs to the command in its line, or to this one. */
const PAGES: { page: string; about?: string }[] = [
  { page: "README.md" },
  { page: "CONTRIBUTING.md" },
  { page: "ARCHITECTURE.md" },
  { page: "bench/README.md", about: "bench" },
  { page: "simulator/README.md", about: "simulator" },
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => ({ page: `docs/${name}` })),
];
const NAMED = PAGES.flatMap(({ page, about }) =>
  readFileSync(page, "utf8")
    .replaceAll(/ *\\\n */g, " ")
    .split("\n")
    .flatMap((line) => optionsNamedIn(line, about).map((named) => ({ ...named, page }))),
);

const folder = mkdtempSync(join(tmpdir(), "tandem-command-lines-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Of a line of a document: which command is given which option. */
function optionsNamedIn(line: string, about?: string): { command: string; option: string }[] {
  const found: { command: string; option: string }[] = [];
  let command = about;
  // A command up to where its words end; the name of another program; an option by itself.
  const pattern =
    /\bnpm (?:run )?(?<ours>[a-z:]+)(?: -- (?<rest>(?:"[^"]*"|[^`|#"])*))?|\b(?<other>npx|vitest)\b|`(?<alone>--[a-z][^`]*)`/g;
  for (const match of line.matchAll(pattern)) {
    const { ours, rest = "", other, alone } = match.groups ?? {};
    if (ours !== undefined) command = ours;
    if (other !== undefined) command = undefined;
    if (command === undefined) continue;
    const words = (alone ?? rest).replaceAll(/"[^"]*"/g, "");
    for (const [, option = ""] of words.matchAll(/(?:^|\s)(--[a-z][a-z-]*)/g)) {
      found.push({ command, option });
    }
    // A command within another's option (`--redeploy "npm run deploy -- …"`).
    for (const [, inner = ""] of rest.matchAll(/"(npm [^"]*)"/g)) {
      found.push(...optionsNamedIn(inner));
    }
  }
  return found;
}

/** Starts it, in a folder of its own where it cannot write over ours. */
function run(file: string, args: string[], operatorToken?: string) {
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env["TANDEM_OPERATOR_TOKEN"];
  if (operatorToken !== undefined) env["TANDEM_OPERATOR_TOKEN"] = operatorToken;
  return spawnSync(process.execPath, [join(process.cwd(), file), ...args], {
    cwd: folder,
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
}

it("finds the commands, and what the documents give them", () => {
  expect(COMMANDS.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["serve", "start", "simulator", "doctor", "tail", "deploy", "soak"]),
  );
  const named = (command: string) =>
    NAMED.filter((each) => each.command === command).map(({ option }) => option);
  expect(named("serve")).toEqual(expect.arrayContaining(["--graph-url", "--state", "--port"]));
  expect(named("deploy")).toEqual(expect.arrayContaining(["--dry-run", "--name", "--yes"]));
  expect(named("soak")).toEqual(expect.arrayContaining(["--rounds", "--fault"]));
  expect(named("simulator")).toEqual(expect.arrayContaining(["--seed", "--system-token"]));
  expect(named("smoke")).toEqual(expect.arrayContaining(["--redeploy", "--verify-token"]));
  expect(named("bench")).toEqual(expect.arrayContaining(["--quick"]));
});

describe.each(COMMANDS)("npm run $name", ({ name, file }) => {
  it("says what it takes, and knows each option that a document gives it", () => {
    const { help, options } = askCommand(file);
    const typed = name === "start" ? "npm start" : `npm run ${name}`;
    expect(help.startsWith(`Usage: ${typed} -- [options]`)).toBe(true);
    const known = [...options, ...(name === "tail" ? wranglers() : [])];
    const unknown = NAMED.filter(
      ({ command, option }) => command === name && !known.includes(option),
    );
    expect(unknown).toEqual([]);
  });

  it("ends with 2 and a sentence where it does not know an option", () => {
    // Without a pipe to read, what tail does not know is wrangler's.
    const args = [...(name === "tail" ? ["--stdin"] : []), "--no-such-option"];
    const ended = run(file, args, "from-the-environment");
    expectRefusal(ended, "--no-such-option");
    expect(ended.stderr).not.toContain("from-the-environment");
  });
});

describe("a wrong value", () => {
  const token = ["--operator-token", "x"];
  it.each([
    ["serve", ["--port", "99999"], "a whole number from 0 to 65535"],
    ["serve", ["--port"], "--port"],
    ["serve", ["--graph-url", "graph.test"], "an http or https address"],
    ["serve", ["--time-scale", "0.5"], "a number from 1 to 100000"],
    ["serve", ["--endpoint-network", "private"], "any, public"],
    ["serve", ["--var", "lower=1"], "NAME=VALUE"],
    ["start", ["--messages", "many"], "--messages"],
    ["start", ["--customers", "0"], "from 1 to 10000"],
    ["simulator", ["--webhook-url", "/webhooks/meta"], "--webhook-url"],
    ["doctor", [], "--operator-token"],
    ["doctor", [...token, "--url", "wa.example.com"], "--url"],
    ["doctor", [...token, "--sender", "--json"], "its value is missing"],
    ["tail", ["--stdin", "--level", "loud"], "info, warn, error"],
    ["tail", ["--stdin", "--event", "flush.dnoe"], "docs/logs.md"],
    ["deploy", ["--shards", "0"], "from 1 to 100"],
    ["deploy", ["--jurisdiction", "mars"], "--jurisdiction"],
    ["deploy", ["--location", "moon"], "--location"],
    ["deploy", ["--directory", "--dry-run"], "its value is missing"],
    ["backup", ["--at", "yesterday"], "2026-11-22T06:30:00Z"],
    ["smoke", [...token, "--sends", "1.5"], "--sends"],
    ["fuzz", [], "--webhooks 100000"],
    ["fuzz", ["--webhooks", "-1"], "from 0 on"],
    ["soak", ["--rounds", ""], "from 1 on"],
    ["soak", ["--fault", "D1 is quick"], "D1 is slow"],
    ["bench", ["99"], "3b, cost"],
    ["bench", ["--rounds", "0"], "--rounds"],
    ["release", ["now"], "too many arguments"],
  ])("npm run %s -- %j", (name, args, words) => {
    const command = COMMANDS.find((each) => each.name === name);
    expectRefusal(run(command?.file ?? "", args), words);
  });
});

function expectRefusal(ended: ReturnType<typeof run>, words: string): void {
  expect(ended).toMatchObject({ status: 2, stdout: "" });
  expect(ended.stderr).toContain(words);
  expect(ended.stderr).toMatch(/^What it takes: npm .* -- --help$/m);
  expect(ended.stderr).not.toMatch(/^\s+at |Node\.js v/m);
  expect(readdirSync(folder)).toEqual([]);
}

/** What `wrangler tail` knows, by its own help. */
function wranglers(): string[] {
  const { stdout } = run("node_modules/wrangler/bin/wrangler.js", ["tail", "--help"]);
  const known = optionsIn(stdout);
  expect(known).toContain("--config");
  return known;
}
