import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { GENERATION_TOLERANCE_MS } from "../../src/lib/generation.ts";
import {
  extendWindow,
  opensWindow,
  viewWindow,
  WINDOW_MS,
} from "../../src/durable/service-window.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { deliver, importNumber, seedObservedSender, seedSender } from "../support/seed.ts";
import {
  accountUpdate,
  eventsOf,
  passTime,
  sendPath,
  stopClock,
  textTo,
} from "../support/sends.ts";
import { CUSTOMER, echoes, inbound, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";
import type { WindowRow } from "../../src/durable/service-window.ts";

const START = 1_790_000_000_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;

describe("the rule of the window", () => {
  it("invariant 2: ends 24 hours after the latest message, whatever the order and repetition", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(90_000_000), { minLength: 1, maxLength: 30 }), (offsets) => {
        let row: WindowRow | undefined;
        let last = 0;
        for (const offset of offsets) {
          row = extendWindow(row, START + offset);
          expect(row.closesAt).toBeGreaterThanOrEqual(last);
          last = row.closesAt;
        }
        expect(row).toEqual({ closesAt: START + Math.max(...offsets) + WINDOW_MS, refutedAt: 0 });
      }),
    );
  });

  it("is open until its last millisecond and not at its end", () => {
    const row = extendWindow(undefined, START);
    expect(viewWindow(row, START + WINDOW_MS - 1, null)).toMatchObject({
      open: true,
      why: "customer_wrote",
    });
    expect(viewWindow(row, START + WINDOW_MS, null)).toMatchObject({ open: false, why: "expired" });
    expect(viewWindow(undefined, START, null)).toEqual({
      open: false,
      closesAt: null,
      why: "never_wrote",
    });
  });

  it("invariant 4: what is older than the generation by more than the tolerance does not open it", () => {
    const edge = START - GENERATION_TOLERANCE_MS;
    expect(opensWindow("text", edge, START)).toBe(true);
    expect(opensWindow("text", edge - 1, START)).toBe(false);
    expect(opensWindow("reaction", START + HOUR, START)).toBe(false);
    expect(opensWindow("unsupported", START + HOUR, START)).toBe(true);
  });

  it("is not known for 24 hours from when we began to observe, unless we saw more", () => {
    expect(viewWindow(undefined, START, START)).toMatchObject({ open: null, why: "not_observed" });
    expect(viewWindow(undefined, START + WINDOW_MS, START).open).toBe(false);
    const wrote = extendWindow(undefined, START + HOUR);
    expect(viewWindow(wrote, START + 2 * HOUR, START).open).toBe(true);
    const refuted = { closesAt: START, refutedAt: START };
    expect(viewWindow(refuted, START + 2 * HOUR, START).open).toBe(false);
  });
});

describe("a customer's window", () => {
  let partner: Partner;
  let number: TestNumber;
  const window = (customer = CUSTOMER) =>
    partner.read<{ open: boolean | null; why: string; closes_at: string | null }>(
      `/v1/senders/${number.id}/windows/${customer}`,
    );

  beforeEach(async () => {
    ({ partner, number } = await seedObservedSender());
  });

  it("invariant 2: does not shrink when messages come in another order or again", async () => {
    const newer = textMessage({ at: Date.now() - MINUTE });
    const older = textMessage({ at: Date.now() - HOUR });
    await deliver(number, inbound(number, newer));
    const before = await window();
    expect(before).toMatchObject({ open: true, why: "customer_wrote" });
    await deliver(number, inbound(number, older));
    await deliver(number, inbound(number, newer));
    expect(await window()).toEqual(before);
  });

  it("is not opened by a reaction", async () => {
    const reaction = textMessage({
      extra: {
        type: "reaction",
        text: undefined,
        reaction: { message_id: "wamid.x", emoji: "\u{1F44D}" },
      },
    });
    await deliver(number, inbound(number, reaction));
    expect(await eventsOf(partner, number, "message.received")).toHaveLength(1);
    expect(await window()).toMatchObject({ open: false, why: "never_wrote" });
  });

  it("is opened by a message whose content did not reach the API", async () => {
    const placeholder = textMessage({
      extra: {
        type: "unsupported",
        text: undefined,
        errors: [{ code: 131060, title: "This message is currently unavailable." }],
      },
    });
    await deliver(number, inbound(number, placeholder));
    expect(await window()).toMatchObject({ open: true });
  });

  it("invariant 4: is not opened by an echo", async () => {
    await deliver(number, echoes(number, { id: "wamid.echo-1" }));
    expect(await window()).toMatchObject({ open: false, why: "never_wrote" });
  });

  it("invariant 4: is not opened by a message from before the generation", async () => {
    const onboardedAt = Date.now() - 30 * MINUTE;
    await importNumber(partner, number, onboardedAt);
    const tooOld = onboardedAt - GENERATION_TOLERANCE_MS - 2_000;
    await deliver(number, inbound(number, textMessage({ at: tooOld })));
    expect((await window()).open).not.toBe(true);
    await deliver(number, inbound(number, textMessage({ at: onboardedAt - MINUTE })));
    expect((await window()).open).toBe(true);
  });

  it("invariant 10: is wiped by a new generation", async () => {
    await deliver(number, inbound(number, textMessage()));
    await importNumber(partner, number, Date.now());
    expect(await window()).toMatchObject({ open: null, why: "not_observed" });
  });

  describe("that Meta says is closed", () => {
    const message = textMessage({ wamid: "wamid.before-refusal", at: Date.now() - HOUR });

    beforeEach(async () => {
      await deliver(number, inbound(number, message));
      graph.respond(() => graphError(400, 131047, "Re-engagement message"));
      const refused = await partner.post(sendPath(number), textTo());
      expect(refused.status).toBe(400);
      graph.reset();
    });

    it("is closed, and nothing more is sent into it", async () => {
      expect(await window()).toMatchObject({ open: false, why: "closed_by_meta" });
      const refused = await partner.post(sendPath(number), textTo());
      expect(await refused.json()).toMatchObject({ error: { code: 131047 } });
      expect(graph.sent).toEqual([]);
    });

    it("is opened again by the customer's next message", async () => {
      await deliver(number, inbound(number, textMessage({ at: Date.now() + 1_000 })));
      expect(await window()).toMatchObject({ open: true });
    });

    it("invariant 2: is not opened by a repeat of the message before it", async () => {
      await deliver(number, inbound(number, message));
      expect(await window()).toMatchObject({ open: false, why: "closed_by_meta" });
    });
  });

  it("is passed to Meta for 24 hours after an import, and refused after that", async () => {
    stopClock();
    ({ partner, number } = await seedSender());
    expect(await window()).toMatchObject({ open: null, why: "not_observed" });
    expect((await partner.post(sendPath(number), textTo())).status).toBe(200);
    passTime(24 * HOUR);
    expect(await window()).toMatchObject({ open: false, why: "never_wrote" });
    expect((await partner.post(sendPath(number), textTo())).status).toBe(400);
    expect(graph.sent).toHaveLength(1);
  });

  it("is not known for 24 hours after a reconnection, since messages passed us by", async () => {
    await accountUpdate(number, "ACCOUNT_OFFBOARDED", { at: Date.now() + 2_000 });
    await accountUpdate(number, "ACCOUNT_RECONNECTED", { at: Date.now() + 5_000 });
    expect(await window()).toMatchObject({ open: null, why: "not_observed" });
  });
});
