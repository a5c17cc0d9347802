import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../simulator/random.ts";
import { recordBusiness } from "../../simulator/record.ts";
import { readEndState } from "../support/end-state.ts";
import { drawMix, mixWebhooks } from "../support/mix-webhooks.ts";
import { evict, importNumber, seedPartner, services } from "../support/seed.ts";
import { historySettled } from "../support/storage.ts";
import { webhook } from "../support/webhooks.ts";
import type { EndState } from "../support/end-state.ts";
import type { Random } from "../../simulator/random.ts";

/*
 * Invariant 2 as a whole: one recorded business, told in order and told in any other way, ends in
 * the same rows, windows and events. TANDEM_SEEDS=500 for the long form, TANDEM_SEED=17 for one.
 */

const settings = env as unknown as { TANDEM_SEED: string; TANDEM_SEEDS: string };
const only = Number(settings.TANDEM_SEED || 0);
const SEEDS =
  only > 0 ? [only] : Array.from({ length: Number(settings.TANDEM_SEEDS || 10) }, (_, n) => n + 1);

/** Two seconds on a machine at rest; the first one tells the plain delivery as well. */
const SEED_TIMEOUT_MS = 60_000;

const ONBOARDED_AT = Math.floor(Date.now() / 1000) * 1000 - 3 * 3_600_000;
const NUMBER = { id: "310000000000001", wabaId: "210000000000001", phone: "12015550190" };

let recorded: string[];
let plain: EndState;

async function tell(
  bodies: readonly string[],
  pause: (at: number) => Promise<void>,
): Promise<EndState> {
  const partner = await seedPartner();
  await importNumber(partner, NUMBER, ONBOARDED_AT);
  for (const [at, body] of bodies.entries()) {
    expect((await webhook(body)).status).toBe(200);
    await pause(at);
  }
  await services().phone(NUMBER.id).flushed();
  await historySettled(NUMBER);
  await services().phone(NUMBER.id).flushed();
  return readEndState(partner, NUMBER);
}

/** Now and then everything comes to rest, the object leaves memory, or a flush goes out. */
function restless(random: Random): () => Promise<void> {
  return async () => {
    const dice = random.next();
    if (dice < 0.04) await historySettled(NUMBER);
    if (dice < 0.08) {
      // Between two evictions there may have been history alone, which goes around the object.
      await services().phone(NUMBER.id).wake();
      await evict(NUMBER);
    } else if (dice < 0.2) await services().phone(NUMBER.id).flushed();
  };
}

beforeAll(async () => {
  recorded = await recordBusiness({
    seed: 4,
    onboardedAt: ONBOARDED_AT,
    business: {
      wabaId: NUMBER.wabaId,
      phoneNumberId: NUMBER.id,
      displayPhoneNumber: NUMBER.phone,
      contacts: 12,
      history: {
        messages: 260,
        threads: 14,
        chunkMessages: 40,
        mediaShare: 0.15,
        reactionShare: 0.05,
        editShare: 0.06,
        revokeShare: 0.06,
        bsuidOnlyShare: 0.2,
        withoutFromMeShare: 0.2,
        withToShare: 0.2,
        capitalStatusShare: 0.3,
        untimedShare: 0.03,
        errorShare: 0.1,
        echoFollowUpField: "smb_message_echoes",
      },
    },
    live: { customersEach: 2 },
  });
});

describe("invariant 2: the order and shape of webhooks do not matter", () => {
  it.each(SEEDS)(
    "seed %i ends as the plain delivery does",
    async (seed) => {
      plain ??= await tellPlainly();
      const random = createRandom(seed);
      const bodies = mixWebhooks(recorded, drawMix(random), random);
      const mixed = await tell(bodies, restless(random));
      expect(mixed.rows).toEqual(plain.rows);
      expect(mixed.reads).toEqual(plain.reads);
      expect(mixed.sync).toEqual(plain.sync);
      expect(mixed.told).toEqual(plain.told);
      expect(mixed.seqs).toEqual(mixed.seqs.map((_, n) => n + 1));
      // What may be told in fewer steps is told of nothing else, and to its end.
      expect([...mixed.steps.keys()].filter((id) => !plain.steps.has(id))).toEqual([]);
      expect(mixed.ends).toEqual(plain.ends);
    },
    SEED_TIMEOUT_MS,
  );
});

async function tellPlainly(): Promise<EndState> {
  const { applyD1Migrations, reset } = await import("cloudflare:test");
  const state = await tell(recorded, () => Promise.resolve());
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  await applyD1Migrations(env.DB_1, env.TEST_MIGRATIONS);
  return state;
}
