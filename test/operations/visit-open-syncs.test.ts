import { describe, expect, it } from "vitest";
import { sweepHistory } from "../../src/operations/sweep-history.ts";
import { seedPartner, seedSender, services } from "../support/seed.ts";
import { DAY, senderOf } from "../support/storage.ts";

describe("imports that the sweep looks at", () => {
  it("one that cannot be looked at keeps none of the others", async () => {
    const partner = await seedPartner();
    const keys: number[] = [];
    const home = (await senderOf((await seedSender({ partner })).number)).shard;
    const database = services().shard(home);
    while (keys.length < 2) {
      const { number } = await seedSender({ partner });
      const { key, shard, generation } = await senderOf(number);
      if (shard !== home) continue;
      keys.push(key);
      await database
        .prepare(
          `INSERT INTO syncs (sender, generation, kind, state, requested_at)
           VALUES (?, ?, 'history', 'requested', ?)`,
        )
        .bind(key, generation, Date.now() - DAY)
        .run();
    }
    const [ill = 0, well = 0] = keys;
    await database
      .prepare(
        `CREATE TRIGGER ill BEFORE UPDATE ON syncs WHEN new.sender = ${ill}
         BEGIN SELECT RAISE(ABORT, 'ill'); END`,
      )
      .run();
    expect(await sweepHistory(services())).toBe(1);
    const { results } = await database
      .prepare(`SELECT sender, state FROM syncs ORDER BY sender`)
      .all();
    expect(results).toEqual([
      { sender: ill, state: "requested" },
      { sender: well, state: "stalled" },
    ]);
  });
});
