import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { listAll } from "../../scripts/demo/tandem-client.ts";
import { Stage } from "./stage.ts";
import type { DemoEvent } from "../../scripts/demo/tandem-client.ts";
import type { Business } from "../../simulator/simulator.ts";

const MB = 1_024 * 1_024;
const LIVE = 60;
const ECHOES = 40;
const KINDS = ["image", "video", "audio", "document", "sticker"] as const;

interface FileMessage {
  wamid: string;
  type: string;
  historical: boolean;
  direction: string;
  media?: { state: string; sha256: string };
  [type: string]: unknown;
}

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.strike());

it("stores 200 files of customers, echoes and history, with 30 % of Meta's answers 503", async () => {
  const { simulator } = stage;
  const business = simulator.createBusiness({
    customers: 20,
    history: { messages: 200, threads: 10, days: 10, mediaShare: 0.6, reorder: true },
  });
  await onboard(business);
  simulator.setFaults({ nodes: { refuse503: 0.3 }, mediaDownload: { refuse503: 0.3 } });
  for (let n = 0; n < LIVE; n++) {
    simulator.customerWrites(business, { type: KINDS[n % 5] ?? "image" });
  }
  for (let n = 0; n < ECHOES; n++) {
    simulator.ownerWrites(business, { type: KINDS[n % 5] ?? "image" });
  }
  await simulator.idle();
  const files = await vi.waitFor(
    async () => {
      const messages = await listFiles(business);
      const stored = messages.filter(({ media }) => media?.state === "stored");
      if (stored.length < messages.length || messages.length < 200) {
        throw new Error(`${stored.length} stored of ${messages.length}`);
      }
      return messages;
    },
    { timeout: 150_000, interval: 1_000 },
  );
  simulator.setFaults({});

  const count = (fits: (file: FileMessage) => boolean) => files.filter(fits).length;
  expect(count((file) => !file.historical && file.direction === "inbound")).toBe(LIVE);
  expect(count((file) => !file.historical && file.direction === "outbound")).toBe(ECHOES);
  expect(count((file) => file.historical)).toBeGreaterThanOrEqual(200 - LIVE - ECHOES);
  const token = simulator.issueToken(business);
  for (const file of files) {
    const { id } = file[file.type] as { id: string };
    const told = await fetch(`${simulator.url}/v24.0/${id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { sha256 } = (await told.json()) as { sha256: string };
    expect(await hashOf(pathOf(business, file.wamid))).toBe(sha256);
    expect(file.media?.sha256).toBe(sha256);
  }
  const told = await listEvents();
  const stored = told
    .filter(({ type }) => type === "media.stored")
    .map(({ data }) => String(data["wamid"]));
  expect(stored.toSorted()).toEqual(files.map(({ wamid }) => wamid).toSorted());
  expect(told.map(({ type }) => type)).not.toContain("media.unavailable");
});

it("carries a document of 100 MB into the archive and out again without ever holding it", async () => {
  const { simulator } = stage;
  const business = await stage.importBusiness(1);
  const send = async (bytes: number) => {
    const { wamid } = simulator.customerWrites(business, { type: "document", bytes });
    await vi.waitFor(
      async () => {
        const file = (await listFiles(business)).find((each) => each.wamid === wamid);
        if (file?.media?.state !== "stored") throw new Error(String(file?.media?.state));
      },
      { timeout: 60_000, interval: 100 },
    );
    return wamid;
  };
  // What the first large one costs is not the file's: the local archive alone leaves 70 MB of garbage
  // behind after 25 MB, and no more after 100.
  await hashOf(pathOf(business, await send(32 * MB)));
  const fetched = watchMemory();
  const wamid = await send(100 * MB);
  const fetchedBytes = fetched();
  const served = watchMemory();
  const hash = await hashOf(pathOf(business, wamid));
  const servedBytes = served();
  const file = (await listFiles(business)).find((each) => each.wamid === wamid);
  expect(file?.media).toMatchObject({ sha256: hash, bytes: 100 * MB });
  console.info(`memory grew by ${fetchedBytes / MB} MB in, ${servedBytes / MB} MB out`);
  expect(fetchedBytes).toBeLessThan(50 * MB);
  expect(servedBytes).toBeLessThan(50 * MB);
});

async function listEvents(): Promise<DemoEvent[]> {
  const all: DemoEvent[] = [];
  for (let after = ""; ;) {
    const query = `limit=500${after === "" ? "" : `&after=${after}`}`;
    const page: { data: DemoEvent[]; next_cursor: string } = await stage.partner.get(
      `/v1/events?${query}`,
    );
    if (page.data.length === 0) return all;
    all.push(...page.data);
    after = page.next_cursor;
  }
}

const pathOf = (business: Business, wamid: string) =>
  `/v1/senders/${business.phoneNumberId}/media/${encodeURIComponent(wamid)}`;

/** Messages that came with a file, or will. */
async function listFiles(business: Business): Promise<FileMessage[]> {
  const files: FileMessage[] = [];
  const path = `/v1/senders/${business.phoneNumberId}/messages`;
  for await (const message of listAll<FileMessage>(stage.partner, path)) {
    if (message.media !== undefined) files.push(message);
  }
  return files;
}

/** Hex SHA-256 of what the gateway serves. */
async function hashOf(path: string): Promise<string> {
  const response = await fetch(`${stage.serve.url}${path}`, {
    headers: { authorization: `Bearer ${stage.key}` },
  });
  expect(response.status).toBe(200);
  const hash = createHash("sha256");
  for await (const piece of response.body ?? []) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}

async function onboard(business: Business): Promise<void> {
  const { simulator, partner } = stage;
  const { id } = await partner.post<{ id: string }>("/v1/signup-sessions", {});
  const { code } = simulator.issueCode(business);
  const path = `/v1/signup-sessions/${id}`;
  await partner.post(`${path}/finish`, { code, waba_id: business.wabaId });
  await partner.post(`${path}/confirm`, { timezone: "Europe/Berlin" });
}

/** Linux: by how much the runtime's resident memory grows at most from here on, in bytes. */
function watchMemory(): () => number {
  const lock = readFileSync(join(stage.state, "gateway.lock"), "utf8");
  const { runtimePid } = JSON.parse(lock) as { runtimePid: number };
  const path = `/proc/${runtimePid}`;
  const read = (name: string) => {
    const status = readFileSync(`${path}/status`, "utf8");
    return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1_024;
  };
  writeFileSync(`${path}/clear_refs`, "5"); // the peak starts anew
  const before = read("VmRSS");
  return () => read("VmHWM") - before;
}
