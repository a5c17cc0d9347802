import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { checkEvents } from "../../scripts/tail/filter.ts";
import { joinJson } from "../../scripts/tail/join-json.ts";
import { readTailOptions } from "../../scripts/tail/options.ts";
import { printTail } from "../../scripts/tail/print.ts";
import { AT, envelope, line } from "./tail-envelopes.ts";
import type { TailFilter } from "../../scripts/tail/filter.ts";

const PLAIN = { colour: false };
const print = (value: unknown, filter: TailFilter = {}) =>
  printTail(typeof value === "string" ? value : JSON.stringify(value), filter, PLAIN);

async function join(...lines: string[]): Promise<string[]> {
  async function* source() {
    yield* lines;
  }
  const found: string[] = [];
  for await (const text of joinJson(source())) found.push(text);
  return found;
}

describe("a line of the gateway", () => {
  it("is time, level, event and its fields in one order, the request last", () => {
    const text = line("warn", "flush.failed", {
      requestId: "req-1",
      error: "Error:D1_ERROR",
      attempts: 3,
      sender: 12,
    });
    expect(print(text)).toEqual([
      "09:30:12.345 warn  flush.failed             sender=12 attempts=3 error=Error:D1_ERROR requestId=req-1",
    ]);
  });

  it("shows what a later version adds, behind what is known", () => {
    const text = line("info", "flush.done", { zeal: true, sender: 1, ardour: { a: 1 } });
    expect(print(text)[0]).toMatch(/ sender=1 ardour=\{"a":1\} zeal=true$/);
  });

  it("names the requests of a step for many", () => {
    const text = line("info", "flush.done", { count: 9, requestIds: ["a-1", "b-2"], requests: 9 });
    expect(print(text)[0]).toMatch(/ count=9 requestIds=a-1,b-2 requests=9$/);
  });

  it("has its level in colour where there is one to see it", () => {
    const [shown] = printTail(line("error", "flush.dead_fact"), {}, { colour: true });
    expect(shown).toContain("\u001b[31merror\u001b[39m");
    expect(print(line("error", "flush.dead_fact"))[0]).not.toContain("\u001b");
  });

  it("cannot move the reader's cursor", () => {
    const text = line("info", "flush.done", { reason: "a\u001b[2Jb\rc\u009bd" });
    // eslint-disable-next-line no-control-regex
    expect(print(text)[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

describe("an invocation of wrangler tail", () => {
  it("is the lines it wrote and no more, where all went well", () => {
    const lines = [line("info", "webhook.accepted", { count: 2 }), line("warn", "queue.retry")];
    expect(print(envelope(lines.map((text) => [text])))).toEqual([
      "09:30:12.345 info  webhook.accepted         count=2",
      "09:30:12.345 warn  queue.retry",
    ]);
  });

  it("shows an exception and an outcome with what ran, never with an address's query", () => {
    const broken = envelope([], {
      outcome: "exceededCpu",
      exceptions: [{ name: "Error", message: "The script ran\ntoo long.", timestamp: AT }],
    });
    expect(print(broken)).toEqual([
      "09:30:12.345 error exception in POST /webhooks/meta: Error: The script ran\\ntoo long.",
      "09:30:12.345 error exceededCpu: POST /webhooks/meta",
    ]);
    const [first] = printTail(JSON.stringify(broken), {}, { colour: true });
    expect(first?.startsWith("\u001b[31m")).toBe(true);
  });

  it.each([
    [{ queue: "tandem-media", batchSize: 2 }, undefined, "queue tandem-media"],
    [{ cron: "* * * * *", scheduledTime: AT }, undefined, "sweeps"],
    [{ rpcMethod: "ingest" }, "PhoneNumber", "PhoneNumber.ingest"],
    [{ scheduledTime: "2026-11-23T09:30:12.345Z" }, "Endpoint", "Endpoint.alarm"],
    [null, undefined, "unknown"],
  ])("says what ran: %j", (event, entrypoint, what) => {
    const own = { event, outcome: "exception", ...(entrypoint && { entrypoint }) };
    expect(print(envelope([], own))).toEqual([`09:30:12.345 error exception: ${what}`]);
  });

  it.each([
    ["/connect/signup_0123456789abcdef-00112233445566778899aabb", "signup_0123456789abcdef-…"],
    ["/connect/signup_0123456789abcdef%2D00112233/state", "signup_0123456789abcdef-…/state"],
    ["/connect/signup_0123456789abcdef/state", "signup_0123456789abcdef/state"],
    ["/media/12.0f0f.t1x2y3.c2lnbmF0dXJl", "/media/12.0f0f.t1x2y3.…"],
    ["/media/12.0f0f.t1x2y3.c2lnbmF0dXJl.", "/media/12.0f0f.t1x2y3.…"],
    ["/media/c2lnbmF0dXJl", "/media/…"],
    ["/v1/senders/310/customers/%2B1555%200100001", "/v1/senders/310/customers/…"],
    ["/v1/admin/senders/310/customers/BR.4711", "/v1/admin/senders/310/customers/…"],
    ["/v1/senders/310/customers", "/v1/senders/310/customers"],
    ["/v1/senders/310/windows/15550100001", "/v1/senders/310/windows/…"],
    ["/v1/senders/310/media/wamid.SEJnTE1%3D/link", "/v1/senders/310/media/wamid.…/link"],
  ])("masks what is a key in a path, and who is named there: %s", (path, shown) => {
    const event = { request: { url: `https://gateway.example${path}`, method: "GET" } };
    const [first] = print(envelope([], { event, outcome: "exception" }));
    expect(first?.endsWith(shown)).toBe(true);
    expect(first).not.toMatch(/00112233|c2lnbm|0100001|4711|SEJn/);
  });

  it("counts a caller who hung up as a warning", () => {
    const gone = envelope([], { outcome: "canceled" });
    expect(print(gone)[0]).toContain(" warn  canceled: POST /webhooks/meta");
    expect(print(gone, { level: "error" })).toEqual([]);
  });

  it("shows what others write to the console, too", () => {
    expect(print(envelope([["a library says", { n: 1 }]]))).toEqual([
      '09:30:12.345 info  a library says {"n":1}',
    ]);
  });

  it("says when Cloudflare leaves lines out", () => {
    const message = "Tail is currently in sampling mode due to the high volume of messages.";
    const full = envelope([], { event: { type: "overload", message } });
    expect(print(full)).toEqual([`09:30:12.345 warn  ${message}`]);
  });
});

describe("what is none of ours", () => {
  it("stays as it is", () => {
    for (const text of ['{"level":"info"}', "Connected to tandem.", '{"ready":true}', "{ no"]) {
      expect(print(text)).toEqual([text]);
    }
  });

  it("is left out where only the gateway's lines can answer", () => {
    expect(print("Connected to tandem.", { events: ["flush.done"] })).toEqual([]);
    expect(print("Connected to tandem.", { level: "warn" })).toEqual([]);
  });
});

describe("filters", () => {
  const lines = [
    line("info", "flush.done", { sender: 12, requestIds: ["a-1", "b-2"] }),
    line("warn", "flush.failed", { sender: 12 }),
    line("error", "endpoint.disabled", { endpoint: "ep_1", requestId: "b-2" }),
  ];
  const events = (filter: TailFilter) =>
    print(
      envelope(
        lines.map((text) => [text]),
        { outcome: "exception" },
      ),
      filter,
    ).map((text) => text.split(/ +/)[2]);

  it("by level: that one and worse, and what broke", () => {
    expect(events({ level: "warn" })).toEqual(["flush.failed", "endpoint.disabled", "exception:"]);
  });

  it("by event: a name, several, or all of a kind", () => {
    expect(events({ events: ["flush.done"] })).toEqual(["flush.done"]);
    expect(events({ events: ["flush.*"] })).toEqual(["flush.done", "flush.failed"]);
    expect(events({ events: ["endpoint.*", "flush.failed"] })).toEqual([
      "flush.failed",
      "endpoint.disabled",
    ]);
  });

  it("by sender, and by request: also of a step for several", () => {
    expect(events({ sender: "12" })).toEqual(["flush.done", "flush.failed"]);
    expect(events({ requestId: "b-2" })).toEqual(["flush.done", "endpoint.disabled"]);
    expect(events({ requestId: "b" })).toEqual([]);
  });

  it("refuses an event that is never logged", () => {
    expect(() => checkEvents(["flush.done", "endpoint.*"])).not.toThrow();
    expect(() => checkEvents(["flush.dnoe"])).toThrow("logs no flush.dnoe");
    expect(() => checkEvents(["flushes.*"])).toThrow("logs no flushes.*");
  });
});

describe("the stream", () => {
  it("joins what wrangler prints over many lines, and leaves bare lines alone", async () => {
    const one = JSON.stringify(envelope([[line("info", "flush.done")]]), null, 4);
    const bare = line("info", "sends.drained");
    expect(await join(...one.split("\n"), bare, "", "words", ...one.split("\n"))).toEqual([
      one,
      bare,
      "words",
      one,
    ]);
  });

  it("hands on what was cut off in the middle", async () => {
    expect(await join("{", '    "outcome": "ok",')).toEqual(['{\n    "outcome": "ok",']);
  });
});

describe("npm run tail", () => {
  const run = (args: string[], input = "") =>
    spawnSync(process.execPath, ["scripts/tail.ts", ...args], { input, encoding: "utf8" });

  it("passes on to wrangler what is wrangler's", () => {
    const args = ["--env", "staging", "--event=flush.*", "--level", "warn", "--sampling-rate", "1"];
    expect(readTailOptions(args)).toEqual({
      filter: { events: ["flush.*"], level: "warn" },
      stdin: false,
      rest: ["--env", "staging", "--sampling-rate", "1"],
    });
  });

  it("reads a pipe: the gateway's own lines and wrangler's", () => {
    const input = [
      line("info", "flush.done"),
      JSON.stringify(envelope([[line("error", "object.failed", { sender: 3 })]]), null, 4),
      "words",
    ].join("\n");
    const { stdout, status } = run(["--stdin", "--level", "error"], input);
    expect(stdout).toBe("09:30:12.345 error object.failed            sender=3\n");
    expect(status).toBe(0);
  });

  it("hands a name and a flag on in their order, wherever they stand", () => {
    const args = ["staging", "-c", "a.json", "--level=warn", "--ip", "self", "--request", "r-1"];
    expect(readTailOptions(args)).toEqual({
      filter: { level: "warn", requestId: "r-1" },
      stdin: false,
      rest: ["staging", "-c", "a.json", "--ip", "self"],
    });
  });

  it("says what is wrong with a filter", () => {
    expect(run(["--stdin", "--event", "flush.dnoe"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("docs/logs.md lists"),
    });
    expect(run(["--stdin", "--level", "loud"]).stderr).toContain("info, warn, error");
    expect(run(["--stdin", "--env", "staging"]).stderr).toContain("--env staging");
  });
});
