import { beforeEach, describe, expect, it } from "vitest";
import { evict, seedObservedSender, services } from "../support/seed.ts";
import { carryOf, commandTo, customer, passTime, QUEUED, stopClock } from "../support/sends.ts";
import { HOUR } from "../support/storage.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const WAITING = { wait: true, maxWaitMs: 10_000 } as const;

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const phone = () => services().phone(number.id);
const admit = (recipient: number, mode: typeof WAITING | typeof QUEUED = WAITING) =>
  phone().admit(commandTo(partner, customer(recipient), { mode }));

/** An hour that never was: a send is placed in it, and a drainer is at work. */
async function wrongHour(): Promise<{ placed: string }> {
  stopClock();
  passTime(HOUR);
  const { send } = carryOf(await admit(1));
  // Meta refuses for pace in it, the number and one customer, and the number is let go.
  for (const [recipient, scope] of [
    [5, "number"],
    [6, "customer"],
  ] as const) {
    const refused = carryOf(await admit(recipient));
    passTime(refused.waitMs + 100);
    const error = { code: scope === "number" ? 130429 : 131056, message: "slow down" };
    await phone().settle(refused.send, { state: "retriable", status: 400, error, scope });
  }
  const queued = await admit(2, QUEUED);
  expect(queued).toMatchObject({ kind: "queued", ticket: true });
  await phone().next("a-drainer-that-dies", 6);
  passTime(-HOUR);
  return { placed: send };
}

describe.for(["goes on", "is evicted meanwhile"])(
  "a clock that was an hour ahead and is set right, while the object %s",
  (how) => {
    const setRight = async () => {
      const { placed } = await wrongHour();
      if (how === "is evicted meanwhile") await evict(number);
      return placed;
    };

    it("keeps no caller waiting for that hour", async () => {
      await setRight();
      expect(carryOf(await admit(3)).waitMs).toBeLessThan(3_000);
    });

    it("keeps no customer waiting for it whom Meta held back", async () => {
      await setRight();
      expect(carryOf(await admit(6)).waitMs).toBeLessThan(5_000);
    });

    it("takes a refusal for pace for a new one", async () => {
      await setRight();
      const { send, waitMs } = carryOf(await admit(7));
      passTime(waitMs + 100);
      const error = { code: 130429, message: "slow down" };
      const settled = await phone().settle(send, {
        state: "retriable",
        status: 400,
        error,
        scope: "number",
      });
      expect(settled?.retryAfterMs).toBeLessThan(5_000);
    });

    it("has the queue drained by somebody else", async () => {
      await setRight();
      await phone().wake();
      expect(await admit(4, QUEUED)).toMatchObject({ kind: "queued", ticket: true });
    });

    it("calls a send unknown whose place lies in that hour and whose carrier is silent", async () => {
      const placed = await setRight();
      await phone().wake();
      expect(await phone().send(partner.id, placed)).toMatchObject({ state: "unknown" });
    });
  },
);

it("a number that was connected by a clock ahead is blocked by what Meta says when it is right", async () => {
  stopClock();
  passTime(HOUR);
  ({ partner, number } = await seedObservedSender());
  passTime(-HOUR);
  const { send, waitMs } = carryOf(await admit(1));
  passTime(waitMs + 100);
  const error = { code: 131042, message: "no payment" };
  await phone().settle(send, { state: "refused", status: 400, error, effect: "block_payment" });
  expect(await admit(2)).toMatchObject({ kind: "refused" });
});
