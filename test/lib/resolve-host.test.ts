import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { leadsToPublic } from "../../src/lib/resolve-host.ts";
import { answerDns, dnsRecords, resolveTo } from "../support/dns-stub.ts";

const HOST = "hooks.example.net";
const OWN_HOST = "tandem.example.com";
const ask = (host = HOST) => leadsToPublic(host, OWN_HOST, "https://cloudflare-dns.com/dns-query");

describe("where the name of an endpoint leads", () => {
  it("is fine where every address is public, and is believed as long as the shortest record", async () => {
    resolveTo({
      [HOST]: ["A 93.184.216.34 300", "A 1.1.1.1 20", "AAAA 2606:4700:4700::1111 60"],
    });
    expect(await ask()).toEqual({ ok: true, ttlMs: 20_000 });
  });

  it.each([
    ["only IPv4", ["A 93.184.216.34"]],
    ["only IPv6", ["AAAA 2606:4700:4700::1111"]],
    ["another name that is public", ["CNAME edge.example.org.", "A 93.184.216.34"]],
  ])("is fine with %s", async (_what, lines) => {
    resolveTo({ [HOST]: lines });
    expect(await ask()).toMatchObject({ ok: true });
  });

  it("counts the names on the way into how long that is believed", async () => {
    resolveTo({ [HOST]: ["CNAME edge.example.org. 5", "A 93.184.216.34 300"] });
    expect(await ask()).toEqual({ ok: true, ttlMs: 5_000 });
  });

  it.each([
    ["a private address", ["A 10.0.0.5"]],
    ["one private among public ones", ["A 93.184.216.34", "A 192.168.0.1", "A 1.1.1.1"]],
    ["this machine in IPv6 beside a public IPv4", ["A 93.184.216.34", "AAAA ::1"]],
    ["a metadata service", ["A 169.254.169.254"]],
    ["a metadata service on a public range", ["A 168.63.129.16"]],
    ["a mapped address", ["AAAA ::ffff:127.0.0.1"]],
    ["a private address behind another name", ["CNAME inside.example.org.", "A 10.0.0.5"]],
    ["what is no address at all", ["A not-an-address"]],
    ["a private name", ["CNAME metadata.google.internal.", "A 93.184.216.34"]],
    ["our own name", ["CNAME edge.example.org.", `CNAME ${OWN_HOST}.`, "A 93.184.216.34"]],
    ["no address", []],
    ["another name without an address", ["CNAME nowhere.example.org."]],
  ])("is refused with %s", async (_what, lines) => {
    resolveTo({ [HOST]: lines });
    const verdict = await ask();
    expect(verdict).toMatchObject({ ok: false, forNow: false });
  });

  it("is refused where nobody knows the name", async () => {
    resolveTo({});
    expect(await ask()).toMatchObject({ ok: false, forNow: false });
  });

  const silent: [what: string, answer: (type: string) => Response | Promise<Response>][] = [
    ["fails", () => HttpResponse.json({ Status: 2 })],
    ["refuses", () => HttpResponse.json({ Status: 5 })],
    ["answers with an error", () => new HttpResponse("busy", { status: 503 })],
    ["answers with no JSON", () => new HttpResponse("<html>")],
    ["answers in another shape", () => HttpResponse.json({ Answer: "1.1.1.1" })],
    ["cannot be reached", () => HttpResponse.error()],
    [
      "sends us elsewhere",
      () =>
        new HttpResponse(null, {
          status: 302,
          headers: { location: "https://cloudflare-dns.com/" },
        }),
    ],
    [
      "knows IPv4 only, and fails for IPv6",
      (type) =>
        HttpResponse.json(
          type === "A" ? { Status: 0, Answer: dnsRecords(HOST, "A 93.184.216.34") } : { Status: 2 },
        ),
    ],
    [
      "has more to say than any name needs",
      () =>
        HttpResponse.json({
          Status: 0,
          Answer: dnsRecords(HOST, "A 93.184.216.34"),
          Comment: "x".repeat(1_000_000),
        }),
    ],
    [
      "begins to answer and does not end",
      () =>
        new HttpResponse(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode('{"Status":0,')),
          }),
        ),
    ],
    [
      "believes an address for ever",
      () =>
        new HttpResponse(`{"Status":0,"Answer":[{"type":1,"TTL":1e999,"data":"93.184.216.34"}]}`),
    ],
    [
      "is silent",
      () =>
        new Promise<Response>((resolve) => setTimeout(() => resolve(HttpResponse.error()), 6_000)),
    ],
  ];

  it.each(silent)("is refused for now where the resolver %s", async (_what, answer) => {
    answerDns((_name, type) => answer(type));
    expect(await ask()).toMatchObject({ ok: false, forNow: true });
  });
});
