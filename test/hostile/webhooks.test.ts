import { exports } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FIXTURE_TEXTS } from "../support/fixtures.ts";
import { importNumber, newNumber, seedPartner, services } from "../support/seed.ts";
import { historySettled, rowsOf, runObjectSql } from "../support/storage.ts";
import { HostileWebhooks } from "./hostile-webhooks.ts";
import type { Healthy, HostileBody } from "./hostile-webhooks.ts";
import type { TestNumber } from "../support/seed.ts";

/*
 * Invariant 3 against bodies that nobody would write by hand. The long form is `npm run fuzz --
 * --webhooks 100000`; a body that fails is made again by its seed and number.
 */

const SEEDS = [11, 12, 13];
const BODIES = 500;
const TIMEOUT_MS = 90_000;

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
