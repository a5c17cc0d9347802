import { beforeEach, describe, expect, it } from "vitest";
import { deliver, seedObservedSender, services } from "../support/seed.ts";
import { commandTo, eventsOf, passTime, sendPath, stopClock, textTo } from "../support/sends.ts";
import { CUSTOMER, inbound, seconds, statuses, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

let partner: Partner;
let number: TestNumber;
/** The whole second behind the seeding: what is older than the onboarding says nothing. */
let now = 0;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
  now = Math.ceil(Date.now() / 1_000) * 1_000;
  stopClock(now);
});

const failed = (code: number, options: { at?: number; details?: string; wamid?: string } = {}) =>
  deliver(
    number,
    statuses(number, {
      id: options.wamid ?? "wamid.failed-1",
      status: "failed",
      timestamp: seconds(options.at ?? Date.now()),
      recipient_id: CUSTOMER,
      errors: [{ code, title: "no", error_data: { details: options.details ?? "no" } }],
    }),
  );
const admit = () => services().phone(number.id).admit(commandTo(partner, CUSTOMER));
const readBlock = async () => {
  await services().phone(number.id).flushed();
  return (await partner.read<{ blocked: unknown }>(`/v1/senders/${number.id}`)).blocked;
};

describe("a failed status with an account-level error", () => {
  it("blocks the number and is told once, however many messages failed for it", async () => {
    for (const n of [1, 2, 3]) await failed(131042, { wamid: `wamid.failed-${n}` });
    expect(await admit()).toMatchObject({
      kind: "refused",
      refusal: { status: 403, code: 131042 },
    });
    expect(await eventsOf(partner, number, "sender.blocked")).toMatchObject([
      { data: { reason: "payment", code: 131042 } },
    ]);
    expect(await readBlock()).toMatchObject({ reason: "payment", code: 131042 });
  });

  it("says timezone where Meta's details do", async () => {
    await failed(131042, { details: "The time zone of the account is not set" });
    expect(await readBlock()).toMatchObject({ reason: "timezone" });
  });

  it("says nothing of today when it is an hour old, or older than the last lift", async () => {
    await failed(131042, { at: now - 3_600_000 });
    expect(await readBlock()).toBeNull();
    await failed(131031);
    const check = await services().phone(number.id).takeBlockCheck(partner.id, true);
    passTime(5_000);
    await services()
      .phone(number.id)
      .liftBlock(check?.block.since ?? 0);
    await failed(131031, { at: now + 1_000, wamid: "wamid.failed-late" });
    expect(await readBlock()).toBeNull();
  });
});

describe("a failed status with 131047", () => {
  const post = async () => (await partner.post(sendPath(number), textTo())).status;

  it("closes the window", async () => {
    await deliver(number, inbound(number, textMessage({ at: now })));
    passTime(2_000);
    await failed(131047);
    expect(await post()).toBe(400);
  });

  it("does not close it for a customer who has written since", async () => {
    await deliver(number, inbound(number, textMessage({ at: now })));
    passTime(60_000);
    await failed(131047, { at: now - 10_000 });
    expect(await post()).toBe(200);
  });
});
