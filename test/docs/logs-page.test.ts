import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkEvents } from "../../scripts/tail/filter.ts";
import { LOG_MEANINGS } from "../../scripts/docs/log-events.ts";
import { logsPage } from "../../scripts/docs/logs-page.ts";
import { LOG_LEVELS } from "../../src/lib/log.ts";
import { envelope, line } from "../scripts/tail-envelopes.ts";

const OPERATING = readFileSync("docs/operating.md", "utf8");
const LOGS = /\n## Logs\n([\s\S]*?)\n## /.exec(OPERATING)?.[1] ?? "";
const COMMANDS = [...LOGS.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  (block ?? "").trim().split("\n"),
);

describe("docs/logs.md", () => {
  it("is what the tables say today (npm run docs)", () => {
    expect(readFileSync("docs/logs.md", "utf8")).toBe(logsPage());
  });

  it("has every event the gateway logs, and no other", () => {
    expect(Object.keys(LOG_MEANINGS).toSorted()).toEqual(Object.keys(LOG_LEVELS).toSorted());
  });

  it("says what to do about whatever is no routine", () => {
    const silent = Object.entries(LOG_LEVELS).filter(
      ([event, level]) =>
        (level === "info") !== (LOG_MEANINGS[event as keyof typeof LOG_LEVELS].todo === ""),
    );
    expect(silent).toEqual([]);
  });

  it("names no event that is not logged", () => {
    const named = [...logsPage().matchAll(/`([a-z]+\.[a-z_]+)`/g)].map(([, name]) => name ?? "");
    const events = new Set(Object.keys(LOG_LEVELS).map((event) => event.split(".")[0]));
    const told = new Set(["sender.disconnected", "sender.inactive_soon", "sender.token_expiring"]);
    const ours = named.filter((name) => events.has(name.split(".")[0]) && !told.has(name));
    expect(() => checkEvents(ours)).not.toThrow();
  });
});

/** Lines of which each command of the page finds at least one. */
const INVOCATIONS = [
  envelope([
    [line("info", "webhook.accepted", { requestId: "req-7731", count: 1, bytes: 900, ms: 412 })],
    ["a library says", { n: 1 }],
  ]),
  envelope([
    [line("info", "flush.done", { sender: 12, count: 3, ms: 18, requestIds: ["req-7731"] })],
    [line("warn", "flush.failed", { sender: 12, attempts: 2, error: "Error:D1_ERROR" })],
    [line("info", "send.settled", { send: "snd_1", outcome: "refused" })],
    [line("warn", "endpoint.attempt_failed", { endpoint: "ep_4x7", reason: "http_500", ms: 9 })],
    [line("info", "admin.changed", { operator: "ada", action: "key.revoke", partner: "p" })],
    [line("info", "scheduled.swept", { sweep: "media", count: 4, ms: 80 })],
    [line("warn", "queue.retry", { queue: "tandem-media", attempts: 2 })],
  ]),
  envelope([], {
    outcome: "exceededCpu",
    entrypoint: "PhoneNumber",
    event: { rpcMethod: "ingest" },
    exceptions: [{ name: "Error", message: "too long", timestamp: 0 }],
  }),
];

describe("docs/operating.md, Logs", () => {
  const queries = COMMANDS.filter((command) => /\bjq /.test(command));

  it("has at least ten questions for jq", () => {
    expect(queries.length).toBeGreaterThanOrEqual(10);
  });

  const hasJq = spawnSync("jq", ["--version"]).status === 0;
  it.skipIf(!hasJq).each(queries)("%s", (command) => {
    const program = /\bjq (-\w+) '(.*)'/.exec(command);
    expect(program).not.toBeNull();
    const [, flags = "", query = ""] = program ?? [];
    const input = INVOCATIONS.map((each) => JSON.stringify(each, null, 4)).join("\n");
    const { stdout, stderr, status } = spawnSync("jq", [flags, query], { input, encoding: "utf8" });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout.trim()).not.toBe("");
    expect(stdout.trim().split("\n").length).toBeLessThan(12);
  });

  it("asks jq and npm run tail for events that there are", () => {
    const asked = COMMANDS.flatMap((command) => [
      ...[...command.matchAll(/\.event == "([^"]+)"/g)].map(([, name]) => name ?? ""),
      ...(/--event (\S+)/.exec(command)?.[1]?.split(",") ?? []),
    ]);
    expect(asked.length).toBeGreaterThan(8);
    expect(() => checkEvents(asked)).not.toThrow();
  });
});
