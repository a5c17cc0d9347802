import { env, exports } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FIXTURE_TEXTS } from "../support/fixtures.ts";
import { importNumber, newNumber, seedPartner, seedSender, services } from "../support/seed.ts";
import {
  archiveKeys,
  historySettled,
  listLeftOver,
  rowsOf,
  runObjectSql,
} from "../support/storage.ts";
import { historyChunk, inbound, textMessage, webhook } from "../support/webhooks.ts";
import { HostileWebhooks } from "./hostile-webhooks.ts";
import type { Healthy, HostileBody } from "./hostile-webhooks.ts";
import type { TestNumber } from "../support/seed.ts";

/*
 * Invariant 3 against bodies that nobody would write by hand. The long form is `npm run fuzz --
 * --webhooks 100000`; a body that fails is made again by its seed and number.
 */

const SEEDS = [11, 12];
const BODIES = 500;
const TIMEOUT_MS = 120_000;

function post({ bytes }: HostileBody): Promise<Response> {
  const signature = createHmac("sha256", "test-app-secret").update(bytes).digest("hex");
  return exports.default.fetch(
    new Request("https://gateway.test/webhooks/meta", {
      method: "POST",
      headers: { "x-hub-signature-256": `sha256=${signature}` },
      body: bytes,
    }),
  );
}

/** Healthy items that D1 does not have. */
async function lost(number: TestNumber, healthy: readonly Healthy[]): Promise<string[]> {
  const stored = new Set([
    ...(await rowsOf(number, "messages")).map((row) => row["wamid"]),
    ...(await rowsOf(number, "contacts")).map((row) => row["customer"]),
  ]);
  return healthy
    .filter((each) => each.number === number.id && !stored.has(each.id))
    .map((each) => `${each.kind} ${each.id}`);
}

describe("harmed webhooks", () => {
  it.each(SEEDS)(
    "of seed %i are answered, and what is sound in them arrives",
    async (seed) => {
      const partner = await seedPartner();
      const [first, second, late] = [newNumber(), newNumber(), newNumber()];
      await importNumber(partner, first);
      await importNumber(partner, second);
      const maker = new HostileWebhooks({
        fixtures: FIXTURE_TEXTS,
        targets: [first, second, late],
        seed,
        large: 0.002,
      });
      const healthy: Healthy[] = [];
      const refused: string[] = [];
      for (let n = 0; n < BODIES; n += 1) {
        const body = maker.make(n);
        const { status } = await post(body);
        const allowed = body.isObject ? [200] : [200, 400];
        if (!allowed.includes(status)) refused.push(`${status} for ${body.recipe}`);
        healthy.push(...body.healthy);
      }
      expect(refused).toEqual([]);
      // Nobody's number until now: what came for it waited.
      await importNumber(partner, late);
      await historySettled(late);
      for (const number of [first, second, late]) {
        expect(await services().phone(number.id).flushed()).toBe(true);
        expect(await runObjectSql(number.id, "SELECT n FROM journal")).toEqual([]);
        expect(await lost(number, healthy)).toEqual([]);
      }
      expect(healthy.length).toBeGreaterThan(BODIES / 2);
    },
    TIMEOUT_MS,
  );
});

describe("what harmed webhooks have shown", () => {
  const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
  const text = (body: unknown, ...replaced: [string, string][]) =>
    replaced.reduce((json, [from, to]) => json.replace(from, to), JSON.stringify(body));

  it("an item of any depth leaves its neighbours alone, with a NUL in it too, and is kept whole", async () => {
    const { number } = await seedSender();
    const [good, other] = [textMessage(), textMessage()];
    const deep = { ...textMessage(), from: "__deep__", text: { body: "a\u0000b" } };
    const payload = inbound(number, good, deep, other);
    const body = text(payload, ['"__deep__"', nested(30_000)]);
    expect((await webhook(body)).status).toBe(200);
    await services().phone(number.id).flushed();
    const stored = (await rowsOf(number, "messages")).map((row) => row["wamid"]);
    expect(new Set(stored)).toEqual(new Set([good.id, other.id]));
    expect((await listLeftOver("unrouted")).map(({ reason }) => reason)).toEqual(["too_deep"]);
    const [key = ""] = await archiveKeys("oversize/");
    expect(await (await env.ARCHIVE.get(key))?.text()).toBe(body);
  });

  it("history beside a bottomless pit is stored", async () => {
    const { number } = await seedSender();
    const past = textMessage();
    const payload = historyChunk(number, {
      "15550177444": [past, { ...textMessage(), context: "__deep__" }],
    });
    expect((await webhook(text(payload, ['"__deep__"', nested(20_000)]))).status).toBe(200);
    await historySettled(number);
    const stored = (await rowsOf(number, "messages")).map((row) => row["wamid"]);
    expect(stored).toContain(past.id);
  });

  it.each([
    ["100 kB", "7".repeat(100_000)],
    ["65 digits", "7".repeat(65)],
  ])("an id of a number of %s names nobody: what comes for it is kept", async (_what, id) => {
    const { number } = await seedSender();
    const stranger = { ...number, id };
    const good = textMessage();
    for (const odd of [
      inbound(stranger, textMessage()),
      historyChunk(stranger, { "15550177444": [textMessage()] }),
    ]) {
      const beside = inbound(number, good);
      const body = { ...odd, entry: [...odd.entry, ...beside.entry] };
      expect((await webhook(body)).status).toBe(200);
    }
    await services().phone(number.id).flushed();
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid: good.id }]);
    const reasons = (await listLeftOver("unrouted")).map(({ reason }) => reason);
    expect(reasons).toEqual(["no_number", "no_number"]);
  });

  it("a large history body that shows numbers of thousands of digits is put away all the same", async () => {
    const { number } = await seedSender();
    const payload = historyChunk(
      { ...number, id: "7".repeat(6_000) },
      { "15550177444": [textMessage({ body: "x".repeat(300_000) })] },
    );
    // At the body's other edge there is one more.
    const value = { history: [], metadata: { phone_number_id: "8".repeat(6_000) } };
    payload.entry.push({ id: number.wabaId, changes: [{ field: "history", value }] } as never);
    expect((await webhook(payload)).status).toBe(200);
    expect(await archiveKeys("inbox/")).toHaveLength(1);
  });
});
