import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { SENDER_TABLES } from "../../src/database/sender-tables.ts";
import { configureNumber } from "../../src/operations/configure-number.ts";
import { runMove } from "../../src/operations/run-move.ts";
import { sweepMoves } from "../../src/operations/sweep-moves.ts";
import { findSender } from "../../src/database/senders.ts";
import { graph } from "../support/graph-stub.ts";
import { interruptCall } from "../support/interrupt.ts";
import { messageFrom, wamidsOf } from "../support/customers.ts";
import { eventually } from "../support/eventually.ts";
import {
  asOperator,
  deliver,
  importNumber,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { configOf, HOUR, senderOf, setClock } from "../support/storage.ts";
import { inbound, textMessage, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const ANNA = "15550188001";
const MINUTE = 60_000;
type Shard = "DB" | "DB_1";

let partner: Partner;
let number: TestNumber;
let from: Shard;
let to: Shard;

const other = (shard: string): Shard => (shard === "DB" ? "DB_1" : "DB");

beforeEach(async () => {
  ({ partner, number } = await seedSender());
  from = (await senderOf(number)).shard as Shard;
  to = other(from);
  const at = Date.now() - HOUR;
  await deliver(
    number,
    messageFrom(number, { phone: ANNA }, { wamid: "wamid.1", at, name: "Anna" }),
  );
});

const order = (shard: Shard, of?: Partner) =>
  asOperator(`/v1/admin/senders/${number.id}/move`, {
    shard,
    ...(of !== undefined && { partner: of.id }),
  });

async function begin(shard: Shard = to, of?: Partner): Promise<string> {
  const response = await order(shard, of);
  expect(response.status).toBe(202);
  const { id } = await response.json<{ id: string }>();
  await eventually(async () => {
    const row = await rowOf(id);
    // What the request itself began is at rest.
    if (row.place === null) throw new Error("It has not begun.");
  });
  return id;
}

async function rowOf(id: string) {
  const row = await env.DB.prepare(`SELECT state, step, place FROM moves WHERE id = ?`)
    .bind(id)
    .first<{ state: string; step: string; place: string | null }>();
  if (row === null) throw new Error("There is no such move.");
  return row;
}

/** Turn by turn, until it stands before this step, or is over. */
async function driveTo(id: string, step: string) {
  for (let turn = 0; turn < 200; turn++) {
    const row = await rowOf(id);
    if (row.step === step || row.state !== "running") return;
    if (row.place !== null && ["quiet", "keep"].includes(row.step)) {
      setClock(services().now() + 11 * MINUTE);
    }
    await runMove(services(), id, 1);
  }
  throw new Error(`It does not come to ${step}: ${(await rowOf(id)).step}`);
}

async function finishAll(stepMs = 11 * MINUTE) {
  for (let turn = 0; turn < 40; turn++) {
    setClock(services().now() + stepMs);
    await sweepMoves(services());
  }
}

async function rowsIn(shard: Shard, key: number) {
  const counts: Record<string, number> = {};
  for (const { name, moves } of SENDER_TABLES) {
    if (!moves || name === "heads") continue;
    const row = await env[shard]
      .prepare(`SELECT count(*) AS count FROM ${name} WHERE sender = ?`)
      .bind(key)
      .first<{ count: number }>();
    if ((row?.count ?? 0) > 0) counts[name] = row?.count ?? 0;
  }
  return counts;
}

const writes = async (wamid: string) => {
  const text = textMessage({ wamid, from: ANNA, at: services().now() });
  expect((await webhook(inbound(number, text))).status).toBe(200);
};

describe("moves that cross", () => {
  it("back before the former one has cleared away: refused, and nothing is lost", async () => {
    const { key } = await senderOf(number);
    const before = await rowsIn(from, key);
    const id = await begin();
    await driveTo(id, "keep");
    const back = await order(from);
    await finishAll(MINUTE); // both would go on, minute by minute
    const { shard } = await senderOf(number);
    expect(await rowsIn(shard as Shard, key)).toEqual(before);
    expect(back.status).toBe(409);
    // It is over now.
    expect((await order(from)).status).toBe(202);
  });

  it("of two partners' senders of one number: what comes meanwhile is not lost", async () => {
    const next = await seedPartner();
    await importNumber(next, number);
    await services().phone(number.id).flushed();
    const { shard } = await senderOf(number);
    const late = await begin(other(shard), next);
    const early = await begin(to, partner);
    await driveTo(late, "check");
    await driveTo(early, "keep");
    await writes("wamid.meanwhile");
    await services().phone(number.id).flushed();
    await finishAll();
    await services().phone(number.id).flushed();
    expect(await wamidsOf(next, number, ANNA)).toContain("wamid.meanwhile");
  });

  it("a configuration of before: facts go where the sender is", async () => {
    const stale = await senderOf(number);
    const { token } = await configOf(number);
    await begin();
    await finishAll();
    if (token === null) throw new Error("There is no token.");
    await configureNumber(services(), stale, token);
    await writes("wamid.after");
    await services().phone(number.id).flushed();
    expect(await wamidsOf(partner, number, ANNA)).toContain("wamid.after");
  });

  it("an erasure, before its object goes on: it waits", async () => {
    const id = await begin();
    await driveTo(id, "resume");
    const sender = await findSender(env.DB, partner.id, number.id);
    expect(sender).toMatchObject({ shard: to, move: id });
    await driveTo(id, "keep");
    expect(await senderOf(number)).toMatchObject({ shard: to, move: null });
  });
});

describe("what befalls a number in the middle of its move", () => {
  const standBefore = async (step: string) => {
    const id = await begin();
    await driveTo(id, step);
    await writes("wamid.before");
    return id;
  };
  const finishWith = async () => {
    await finishAll();
    await services().phone(number.id).flushed();
    expect((await findSender(env.DB, partner.id, number.id))?.shard).toBe(to);
  };
  const gapless = async (of: Partner) => {
    const events = await of.events(number.id);
    const seqs = events.map(({ seq }) => seq).toSorted((a, b) => a - b);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    return events;
  };

  it.each(["pause", "rows", "switch", "resume", "leave"])(
    "connected anew before %s: what came before and after is stored, in the new shard",
    async (step) => {
      await standBefore(step);
      await importNumber(partner, number, services().now());
      setClock(services().now() + MINUTE);
      await writes("wamid.after");
      await finishWith();
      const wamids = await wamidsOf(partner, number, ANNA);
      expect(new Set(wamids)).toEqual(new Set(["wamid.1", "wamid.before", "wamid.after"]));
      expect(await configOf(number)).toMatchObject({ shard: to });
      await gapless(partner);
    },
  );

  it.each(["pause", "rows", "switch", "resume", "leave"])(
    "given to another partner before %s: each has its own, once",
    async (step) => {
      await standBefore(step);
      const next = await seedPartner();
      await importNumber(next, number, services().now());
      setClock(services().now() + MINUTE);
      await writes("wamid.after");
      await finishWith();
      expect(await wamidsOf(next, number, ANNA)).toEqual(["wamid.after"]);
      const told = (await gapless(partner)).map(({ data }) => data["wamid"]);
      expect(told.filter((wamid) => wamid === "wamid.before")).toHaveLength(1);
      expect(told).not.toContain("wamid.after");
      const { key } = (await findSender(env.DB, partner.id, number.id)) ?? expect.fail("gone");
      expect(await rowsIn(to, key)).toMatchObject({ messages: 2 });
      expect(await rowsIn(from, key)).toEqual({});
      await gapless(next);
    },
  );

  it.each(["rows", "resume"])("disconnected before %s: told once, and known", async (step) => {
    await standBefore(step);
    graph.respond(() => Response.json({ success: true }));
    const answer = await partner.post(`/v1/senders/${number.id}/detach`, {});
    expect(answer.status).toBe(200);
    await finishWith();
    const types = (await gapless(partner)).map(({ type }) => type);
    expect(types.filter((type) => type === "sender.disconnected")).toHaveLength(1);
    expect(await senderOf(number)).toMatchObject({ state: "disconnected", move: null });
  });
});

describe("a move whose Worker dies at any of its calls", () => {
  it.each(["before", "after"] as const)("%s the call: it comes to the same end", async (moment) => {
    const { key } = await senderOf(number);
    const before = await rowsIn(from, key);
    const id = await begin();
    let deaths = 0;
    for (let turn = 0; (await rowOf(id)).state === "running" && turn < 400; turn += 1) {
      const due = () => env.DB.prepare(`UPDATE moves SET due_at = 0 WHERE id = ?`).bind(id).run();
      setClock(services().now() + 11 * MINUTE);
      const step = { nth: (turn % 7) + 1, moment };
      if (await interruptCall(step, () => runMove(services(), id, 1))) deaths += 1;
      await due();
      if (turn % 3 === 0) await runMove(services(), id, 1);
      await due();
    }
    expect(deaths).toBeGreaterThan(30);
    expect(await rowOf(id)).toMatchObject({ state: "done" });
    expect(await senderOf(number)).toMatchObject({ shard: to, move: null });
    expect(await rowsIn(to, key)).toEqual(before);
    expect(await rowsIn(from, key)).toEqual({});
    await writes("wamid.after");
    await services().phone(number.id).flushed();
    expect(await wamidsOf(partner, number, ANNA)).toContain("wamid.after");
  });
});

describe("an export that is read while its sender moves", () => {
  it("is broken off rather than ended with what it did not find", async () => {
    const response = await partner.get(`/v1/senders/${number.id}/export`);
    const reader = response.body?.getReader();
    await reader?.read();
    await begin();
    await finishAll();
    const rest = async () => {
      let text = "";
      for (;;) {
        const read = await reader?.read();
        if (read?.done !== false) return text;
        text += new TextDecoder().decode(read.value as Uint8Array);
      }
    };
    await expect(rest()).rejects.toThrow("broken off");
  });
});

describe("a move that cannot be ended", () => {
  it("is given up where the copy never becomes equal, and leaves nothing there", async () => {
    const { key } = await senderOf(number);
    const id = await begin();
    await env[to]
      .prepare(
        `CREATE TRIGGER more AFTER INSERT ON customers BEGIN
           INSERT OR IGNORE INTO contacts (sender, customer, removed, at)
           VALUES (new.sender, 'zzz', 0, 0); END`,
      )
      .run();
    await finishAll();
    expect(await rowOf(id)).toMatchObject({ state: "running", step: "clear" });
    setClock(services().now() + 24 * HOUR);
    await sweepMoves(services());
    expect(await rowOf(id)).toMatchObject({ state: "given_up" });
    await finishAll();
    expect(await rowsIn(to, key)).toEqual({});
    await writes("wamid.after");
    await services().phone(number.id).flushed();
    expect(await wamidsOf(partner, number, ANNA)).toContain("wamid.after");
  });
});
