import { http, HttpResponse } from "msw";
import { graph } from "./graph-stub.ts";

interface DnsRecord {
  name: string;
  type: number;
  TTL: number;
  data: string;
}

const TYPES: Record<string, number> = { A: 1, CNAME: 5, AAAA: 28 };

/** Records as a resolver gives them: `A 93.184.216.34`, with a TTL behind it where it counts. */
export function dnsRecords(name: string, ...lines: string[]): DnsRecord[] {
  return lines.map((line) => {
    const [type = "", data = "", ttl = "300"] = line.split(" ");
    return { name, type: TYPES[type] ?? 0, TTL: Number(ttl), data };
  });
}

/** The resolver of the tests answers so, question by question. */
export function answerDns(answer: (name: string, type: string) => Response | Promise<Response>) {
  graph.alsoServe(
    http.get("https://cloudflare-dns.com/dns-query", ({ request }) => {
      const { searchParams } = new URL(request.url);
      return answer(searchParams.get("name") ?? "", searchParams.get("type") ?? "");
    }),
  );
}

/** What names lead to: of each, lines as in `dnsRecords`. Other names are not known. */
export function resolveTo(zone: Record<string, string[]>): void {
  answerDns((name, type) => {
    const lines = zone[name];
    if (lines === undefined) return HttpResponse.json({ Status: 3 });
    const wanted = dnsRecords(name, ...lines).filter((record) =>
      [TYPES[type], TYPES["CNAME"]].includes(record.type),
    );
    return HttpResponse.json({ Status: 0, Answer: wanted });
  });
}
