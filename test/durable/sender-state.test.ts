import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyAccountEvent, isAboutAnother } from "../../src/durable/sender-state.ts";
import { movesForward, STATUS_RANK } from "../../src/database/message-status.ts";
import type { MessageStatus } from "../../src/database/message-status.ts";
import type { SenderPhase, SenderState } from "../../src/durable/sender-state.ts";

const GENERATION = 1_790_000_000_000;
const ACTIVE: SenderState = { phase: "active", reason: null, at: GENERATION };

interface AccountEvent {
  event: string;
  at: number;
}

function play(events: readonly AccountEvent[], start: SenderState = ACTIVE): SenderState {
  let state = start;
  for (const { event, at } of events) {
    state = applyAccountEvent(state, GENERATION, { event, at, detail: {} })?.state ?? state;
  }
  return state;
}

const MINUTE = 60_000;

describe("the sender's state", () => {
  it.each([
    ["PARTNER_REMOVED", "verifying"],
    ["PARTNER_APP_UNINSTALLED", "verifying"],
    ["ACCOUNT_DELETED", "verifying"],
    ["ACCOUNT_OFFBOARDED", "paused"],
    ["ACCOUNT_RECONNECTED", "active"],
    ["VERIFIED_ACCOUNT", "active"],
  ] satisfies [string, SenderPhase][])("%s leaves an active number %s", (event, phase) => {
    expect(play([{ event, at: GENERATION + MINUTE }]).phase).toBe(phase);
  });

  it("names Meta's reason of a removal", () => {
    const change = applyAccountEvent(ACTIVE, GENERATION, {
      event: "PARTNER_REMOVED",
      at: GENERATION + MINUTE,
      detail: { disconnection_info: { reason: "PRIMARY_INACTIVITY", initiated_by: "SYSTEM" } },
    });
    expect(change?.state.reason).toBe("PRIMARY_INACTIVITY");
    expect(change?.event).toBe("sender.paused");
  });

  it("invariant 10: ignores what is older than the generation", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("PARTNER_REMOVED", "ACCOUNT_OFFBOARDED", "ACCOUNT_DELETED"),
        fc.integer({ min: 1_000, max: 30 * 86_400_000 }),
        (event, before) => {
          expect(play([{ event, at: GENERATION - before }])).toEqual(ACTIVE);
        },
      ),
    );
  });

  it("invariant 10: ignores what is older than the last change", () => {
    const verified: SenderState = { phase: "active", reason: null, at: GENERATION + 10 * MINUTE };
    expect(play([{ event: "PARTNER_REMOVED", at: GENERATION + MINUTE }], verified)).toEqual(
      verified,
    );
  });

  it("takes a change in the same second as the last, since Meta's stamps have whole seconds", () => {
    const verified: SenderState = { phase: "active", reason: null, at: GENERATION + 700 };
    expect(play([{ event: "PARTNER_REMOVED", at: GENERATION }], verified).phase).toBe("verifying");
  });

  it("invariant 2: off-boarding and reconnection in any order and repetition end with the later one", () => {
    const times = fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), {
      minLength: 1,
      maxLength: 6,
    });
    const scenario = times.chain((minutes) => {
      const story = minutes
        .toSorted((left, right) => left - right)
        .map((minute, index) => ({
          event: index % 2 === 0 ? "ACCOUNT_OFFBOARDED" : "ACCOUNT_RECONNECTED",
          at: GENERATION + minute * MINUTE,
        }));
      return fc.record({
        story: fc.constant(story),
        heard: fc.array(fc.constantFrom(...story), { maxLength: 10 }).chain((repeats) => {
          const all = [...story, ...repeats];
          return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
        }),
      });
    });
    fc.assert(
      fc.property(scenario, ({ story, heard }) => {
        expect(play(heard).phase).toBe(play(story).phase);
      }),
    );
  });

  it("invariant 2: a late off-boarding does not undo the reconnection that overtook it", () => {
    const overtaken = [
      { event: "ACCOUNT_RECONNECTED", at: GENERATION + 2 * MINUTE },
      { event: "ACCOUNT_OFFBOARDED", at: GENERATION + MINUTE },
    ];
    expect(play(overtaken).phase).toBe("active");
  });

  it("leaves a disconnected number to a new signup", () => {
    const gone: SenderState = { phase: "disconnected", reason: "x", at: GENERATION + MINUTE };
    const later = GENERATION + 2 * MINUTE;
    for (const event of ["ACCOUNT_RECONNECTED", "ACCOUNT_OFFBOARDED", "PARTNER_REMOVED"]) {
      expect(play([{ event, at: later }], gone)).toEqual(gone);
    }
  });
});

describe("an account of several numbers", () => {
  const word = (event: string) => ({
    event,
    at: GENERATION + MINUTE,
    detail: {},
    shared: true as const,
  });
  const PAUSED: SenderState = { phase: "paused", reason: "ACCOUNT_OFFBOARDED", at: GENERATION };
  const DOUBTED: SenderState = { phase: "verifying", reason: "PARTNER_REMOVED", at: GENERATION };

  it("holds each number until it has been read, and tells that once", () => {
    expect(applyAccountEvent(ACTIVE, GENERATION, word("ACCOUNT_OFFBOARDED"))).toMatchObject({
      state: { phase: "verifying", reason: "ACCOUNT_OFFBOARDED" },
      event: "sender.paused",
    });
    expect(applyAccountEvent(PAUSED, GENERATION, word("ACCOUNT_RECONNECTED"))).toMatchObject({
      state: { phase: "verifying", reason: "ACCOUNT_RECONNECTED" },
      event: null,
      moved: true,
    });
  });

  it("ends no doubt by a reconnection, which can be another number's", () => {
    expect(applyAccountEvent(DOUBTED, GENERATION, word("ACCOUNT_RECONNECTED"))).toMatchObject({
      state: { phase: "verifying", reason: "PARTNER_REMOVED" },
      moved: false,
    });
  });

  it("leaves an active number active at a reconnection", () => {
    expect(applyAccountEvent(ACTIVE, GENERATION, word("ACCOUNT_RECONNECTED"))).toMatchObject({
      state: { phase: "active" },
      moved: false,
    });
  });
});

describe("an account event is about another", () => {
  const ours = { businessId: "7200", appId: "5100" };

  it.each([
    ["partner", { partners: ["7300"] }, true],
    ["partner: not ours among a solution's", { partners: ["7300", "7200"] }, false],
    ["partner: ours", { partners: ["7200"] }, false],
    ["app", { partners: ["7200"], appId: "5199" }, true],
    ["app: ours", { partners: ["7200"], appId: "5100" }, false],
    ["nobody named", {}, false],
  ])("%s", (_what, named, expected) => {
    expect(isAboutAnother(named, ours)).toBe(expected);
  });

  it("only where we know who we are", () => {
    expect(isAboutAnother({ partners: ["7300"] }, { businessId: "", appId: "5100" })).toBe(false);
  });
});

describe("the ladder of statuses", () => {
  const statuses = Object.keys(STATUS_RANK) as MessageStatus[];

  it("invariant 7: whatever the order, ends at the highest step, and a delivered message never fails", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...statuses), { maxLength: 12 }), (heard) => {
        let rank = 0;
        const seen: number[] = [];
        let delivered = false;
        for (const status of heard) {
          if (!movesForward(rank, status)) continue;
          rank = STATUS_RANK[status];
          seen.push(rank);
          if (status === "failed") expect(delivered).toBe(false);
          if (rank >= STATUS_RANK.delivered && status !== "failed") delivered = true;
        }
        expect(seen).toEqual(seen.toSorted((left, right) => left - right));
        expect(new Set(seen).size).toBe(seen.length);
      }),
    );
  });

  it.each([
    [0, "sent", true],
    [1, "sent", false],
    [1, "delivered", true],
    [3, "delivered", false],
    [3, "played", true],
    [1, "failed", true],
    [2, "failed", false],
    [3, "failed", false],
    [9, "delivered", false],
    [9, "failed", false],
  ] satisfies [number, MessageStatus, boolean][])(
    "from rank %i to %s is a move forward: %s",
    (rank, status, forward) => {
      expect(movesForward(rank, status)).toBe(forward);
    },
  );
});
