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
