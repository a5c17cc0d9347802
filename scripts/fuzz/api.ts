import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, request as httpRequest } from "node:http";
import { inParallel } from "../../bench/lib/in-parallel.ts";
import { HostileRequests } from "../../test/hostile/hostile-requests.ts";
import { onboard } from "../demo/world.ts";
import type { ApiDocument, Caller } from "../../test/hostile/hostile-requests.ts";
import type { World } from "../demo/world.ts";

const DOCUMENT = join(import.meta.dirname, "../../public/openapi.json");
const CONNECTIONS = 4;
/** What only somebody inside should ever read. */
const INSIDES = /SQLITE|D1_ERROR|TypeError|RangeError|\.tsx?:\d|node_modules/;

export interface ApiReport {
  calls: number;
  statuses: Record<string, number>;
  wrong: number;
  slowest: { ms: number; recipe: string };
  minutes: number;
}

/**
 * Calls every door of the document over HTTP, with what its schemas allow and with what they do not.
 * That answers are as documented is held by the short form (test/hostile/api.test.ts).
 *
 * @param say gets a line for each answer that should not be
 */
export async function fuzzApi(
  world: World,
  options: { calls: number; seed: number; say: (line: string) => void },
): Promise<ApiReport> {
  const { calls, seed, say } = options;
  const startedAt = Date.now();
  const business = world.simulator.createBusiness({ customers: 3 });
  await onboard(world, business);
  const { partner } = world;
  const makeKey = (grant: object) => partner.post<{ id: string; key: string }>("/v1/keys", grant);
  const reads = await makeKey({ name: "reads", scopes: ["read"] });
  const spare = await makeKey({ name: "spare", scopes: ["read"] });
  const sender = business.phoneNumberId;
  const narrow = await makeKey({ name: "narrow", scopes: ["read", "send"], senders: [sender] });
  const session = await partner.post<{ id: string }>("/v1/signup-sessions", {});
  const keys: Record<Caller, string | null> = {
    whole: world.partnerKey,
    reads: reads.key,
    narrow: narrow.key,
    wrong: "tdm_abcdefgh_ijklmnop",
    none: null,
  };
  const customer = business.customers[0]?.phone ?? "";
  const maker = new HostileRequests({
    document: JSON.parse(readFileSync(DOCUMENT, "utf8")) as ApiDocument,
    ids: {
      sender: [sender],
      phoneNumberId: [sender],
      phone_number_id: [sender],
      "signup-sessions": [session.id],
      "admin/partners": [world.partnerId],
      key: [spare.id],
      customer: [customer],
      to: [customer],
      edge: ["register", "deregister"],
      timezone: ["Europe/Berlin"],
    },
    seed,
  });
  const statuses: Record<string, number> = {};
  const report: ApiReport = {
    calls,
    statuses,
    wrong: 0,
    slowest: { ms: 0, recipe: "" },
    minutes: 0,
  };
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const numbers = Array.from({ length: calls }, (_, n) => n);
  await inParallel(numbers, CONNECTIONS, async (n) => {
    const request = maker.make(n);
    const isStranger = request.caller === "wrong" || request.caller === "none";
    const isOperator = request.isOperators && !isStranger;
    const key = isOperator ? world.operatorToken : keys[request.caller];
    const url = new URL(request.path, world.gatewayUrl);
    const headers = {
      ...request.headers,
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    };
    const sentAt = performance.now();
    const { status, text } = await call(agent, url, request.method, headers, request.body);
    const ms = Math.round(performance.now() - sentAt);
    if (ms > report.slowest.ms) report.slowest = { ms, recipe: request.recipe };
    statuses[status] = (statuses[status] ?? 0) + 1;
    const isPublic = /^\/v1\/(features|event-types)/.test(request.path);
    const isLetIn = isStranger && !isPublic && status < 400;
    // What Meta itself fails at is told as such: 502, 503 and 504 with an error in Graph's shape.
    const isBroken = status === 500 || (status > 500 && !text.startsWith('{"error":'));
    if (!isBroken && !isLetIn && !INSIDES.test(text)) return;
    report.wrong += 1;
    say(
      `${status} for ${request.recipe}\n  ${request.method} ${request.path}: ${text.slice(0, 300)}`,
    );
  });
  agent.destroy();
  report.minutes = Math.round((Date.now() - startedAt) / 6_000) / 10;
  return report;
}

function call(
  agent: Agent,
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: Uint8Array | null,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = body === null ? {} : { "content-length": String(body.byteLength) };
    httpRequest(url, { agent, method, headers: { ...headers, ...sent } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    })
      .once("error", reject)
      .end(body ?? undefined);
  });
}
