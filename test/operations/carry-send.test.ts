import { expect, it } from "vitest";
import { carrySend } from "../../src/operations/carry-send.ts";
import { SendTally } from "../../src/operations/send-tally.ts";
import { seedSender, services } from "../support/seed.ts";
import { carryOf, commandTo, customer } from "../support/sends.ts";
import type { Carry, SendOutcome } from "../../src/durable/send-types.ts";

/** What was counted as the time that Meta took, ms. */
class Watched extends SendTally {
  readonly took: number[] = [];

  override add(carry: Carry, outcome: SendOutcome, ms: number): void {
    this.took.push(ms);
    super.add(carry, outcome, ms);
  }
}

it("a send that is late leaves behind those before it, and that wait is no word on how quick Meta is", async () => {
  const { partner, number } = await seedSender();
  const carry = carryOf(
    await services()
      .phone(number.id)
      .admit(commandTo(partner, customer(1))),
  );
  // Only the wait moves this clock.
  let now = carry.placeAt;
  const slept: number[] = [];
  const standing = {
    ...services(),
    now: () => now,
    sleep: (ms: number) => {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
  const before = 20;
  for (let n = 0; n < before; n++) standing.departures.book(number.id, now);
  const tally = new Watched(standing, number.id, "queue");
  const { outcome, leftAt } = await carrySend(standing, carry, tally);
  expect(outcome.state).toBe("accepted");
  expect(slept).toHaveLength(1);
  expect(slept[0]).toBeGreaterThan((before - 1) * 49);
  expect(leftAt).toBe(carry.placeAt + (slept[0] ?? 0));
  expect(tally.took).toEqual([0]);
});
