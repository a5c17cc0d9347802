import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { runMove } from "../../src/operations/run-move.ts";
import { sweepBodies } from "../../src/operations/sweep-bodies.ts";
import { sweepMoves } from "../../src/operations/sweep-moves.ts";
import { TestEndpoint } from "../support/endpoints.ts";
import { MetaFile, mediaIs } from "../support/media.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { asOperator, evict, seedSender, services } from "../support/seed.ts";
import { sendPath, textTo } from "../support/sends.ts";
import { HOUR, historySettled, rowsOf, senderOf, setClock } from "../support/storage.ts";
import { CUSTOMER, historyChunk, newWamid, textMessage } from "../support/webhooks.ts";
import { change, echoes, inbound, statuses, webhook } from "../support/webhooks.ts";
import { sweepMedia } from "../../src/operations/sweep-media.ts";
import { eventually } from "../support/eventually.ts";
import type { Partner, TestEvent, TestNumber } from "../support/seed.ts";

const MINUTE = 60_000;

/** A partner that goes on reading by its cursor. */
class Poller {
  readonly events: TestEvent[] = [];
  #cursor = "";
  readonly #partner: Partner;

  constructor(partner: Partner) {
    this.#partner = partner;
  }

  /** @param pages at most so many */
  async poll(pages = 1): Promise<void> {
    for (let page = 0; page < pages; page += 1) {
      const read = await this.#partner.page(`limit=5&after=${this.#cursor}`);
      this.events.push(...read.data);
      this.#cursor = read.next_cursor;
      if (!read.has_more) return;
    }
  }
}

let partner: Partner;
let number: TestNumber;
let endpoint: TestEndpoint;
/** Wamids of messages that Meta was told we have. */
let acked: string[];

beforeEach(async () => {
  partnerStub.start();
  ({ partner, number } = await seedSender());
  endpoint = new TestEndpoint(partner.id);
  await endpoint.open();
  acked = [];
});

const post = async (payload: unknown) => {
  const response = await webhook(payload);
  expect(response.status).toBe(200);
};

/** All kinds of what happens to a number, once; Meta repeats some of it. */
async function live(turn: number): Promise<void> {
  const at = services().now() + 10_000;
  setClock(at); // places are a matter of time
  const [asked, answered, old] = [newWamid("in"), newWamid("echo"), newWamid("old")];
  const message = inbound(number, textMessage({ wamid: asked, at }));
  await post(message);
  await post(message);
  await post(echoes(number, { id: answered, to: CUSTOMER }));
  acked.push(asked, answered);
  const sent = await partner.post(sendPath(number), textTo());
  expect(sent.status).toBe(200);
  const { messages } = await sent.json<{ messages: { id: string }[] }>();
  const id = messages[0]?.id ?? "";
  acked.push(id);
  await post(statuses(number, { id, status: "sent" }, { id, status: "delivered" }));
  await post(statuses(number, { id: answered, status: "read" }));
  const contact = { full_name: `Anna ${turn}`, first_name: "Anna", phone_number: CUSTOMER };
  const type = { type: "contact", action: "add", metadata: { timestamp: String(at) } };
  await post(change(number, "smb_app_state_sync", { state_sync: [{ ...type, contact }] }));
  if (turn % 6 === 1) {
    const past = textMessage({ wamid: old, at: at - 48 * HOUR });
    await post(historyChunk(number, { [CUSTOMER]: [past] }, { order: turn, progress: 50 }));
    acked.push(old);
  }
  if (turn % 5 === 2) {
    const file = new MetaFile();
    const wamid = newWamid("file");
    await post(inbound(number, file.message({ wamid, at })));
    acked.push(wamid);
    files.push(wamid);
  }
}
let files: string[] = [];

async function begin(): Promise<string> {
  const { shard } = await senderOf(number);
  const to = shard === "DB" ? "DB_1" : "DB";
  const response = await asOperator(`/v1/admin/senders/${number.id}/move`, { shard: to });
  const { id } = await response.json<{ id: string }>();
  await eventually(async () => {
    if ((await stateOf(id)).place === null) throw new Error("It has not begun.");
  });
  return id;
}

async function stateOf(id: string) {
  const row = await env.DB.prepare(`SELECT state, step, place FROM moves WHERE id = ?`)
    .bind(id)
    .first<{ state: string; step: string; place: string | null }>();
  return row ?? { state: "", step: "", place: null };
}

/** What waited for the move comes in now. */
async function settle(): Promise<void> {
  setClock(services().now() + 20 * MINUTE);
  await sweepBodies(services());
  await historySettled(number);
  await services().phone(number.id).flushed();
  await sweepMedia(services());
  for (const wamid of files) await mediaIs(number, wamid, "stored");
  await services().phone(number.id).flushed();
}

describe("a number that moves while everything goes on", () => {
  it("tells each event once, in order, to the endpoint and by cursor, and keeps each message", async () => {
    files = [];
    const poller = new Poller(partner);
    await live(0);
    const { shard: from } = await senderOf(number);
    const id = await begin();
    const steps = new Set<string>();
    for (let turn = 1; (await stateOf(id)).state === "running"; turn += 1) {
      const { step } = await stateOf(id);
      if (!steps.has(step) || turn % 10 === 0) await live(turn);
      if (!steps.has(step)) await evict(number);
      steps.add(step);
      await poller.poll();
      await endpoint.work();
      if (["quiet", "keep"].includes(step)) setClock(services().now() + 11 * MINUTE);
      await runMove(services(), id, 1);
    }
    expect(steps.size).toBe(10);
    expect((await senderOf(number)).shard).not.toBe(from);
    await live(99);
    await settle();
    await poller.poll(100);
    for (let turn = 0; turn < 10; turn += 1) await endpoint.work();

    const stored = (await rowsOf(number, "messages")).map(({ wamid }) => wamid);
    expect(stored).toHaveLength(acked.length);
    expect(new Set(stored)).toEqual(new Set(acked));
    const theirs = poller.events.filter(({ sender_id: sender }) => sender === number.id);
    expect(theirs.map(({ seq }) => seq)).toEqual(theirs.map((_, index) => index + 1));
    expect(new Set(theirs.map((event) => event.id)).size).toBe(theirs.length);
    expect(partnerStub.posts.map(({ event }) => event.seq)).toEqual(theirs.map(({ seq }) => seq));
    expect(partnerStub.ids).toEqual(theirs.map((event) => event.id));
    const count = (type: string) => theirs.filter((event) => event.type === type).length;
    expect(count("message.received") + count("message.echoed")).toBeGreaterThan(20);
    expect(count("media.stored")).toBe(files.length);
  });

  it("and D1 fails in the middle: neither lost nor doubled", async () => {
    files = [];
    const poller = new Poller(partner);
    await live(0);
    const id = await begin();
    setClock(services().now() + 2 * MINUTE);
    let turn = 0;
    for (const shard of ["DB", "DB_1"] as const) {
      for (let time = 0; time < 2; time += 1) {
        await env[shard].prepare(`ALTER TABLE customers RENAME TO away`).run();
        await live((turn += 1));
        await sweepMoves(services());
        await env[shard].prepare(`ALTER TABLE away RENAME TO customers`).run();
        setClock(services().now() + 2 * MINUTE);
        await sweepMoves(services());
        await poller.poll();
        await endpoint.work();
      }
    }
    for (let pass = 0; pass < 30; pass += 1) {
      setClock(services().now() + 11 * MINUTE);
      await sweepMoves(services());
    }
    expect(await stateOf(id)).toMatchObject({ state: "done" });
    await live(98);
    await settle();
    await poller.poll(100);
    for (let again = 0; again < 10; again += 1) await endpoint.work();
    const stored = (await rowsOf(number, "messages")).map(({ wamid }) => wamid);
    expect(stored).toHaveLength(acked.length);
    expect(new Set(stored)).toEqual(new Set(acked));
    const theirs = poller.events.filter(({ sender_id: sender }) => sender === number.id);
    expect(theirs.map(({ seq }) => seq)).toEqual(theirs.map((_, index) => index + 1));
    expect(new Set(partnerStub.ids)).toEqual(new Set(theirs.map((event) => event.id)));
    expect(partnerStub.ids).toHaveLength(theirs.length);
  });
});
