import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ACCOUNT_EVENTS,
  DISCONNECTION_REASONS,
  MOVES,
  wordsOfNotice,
  wordsOfState,
} from "../../src/lib/lifecycle-words.ts";
import { runSweeps } from "../../src/scheduled.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { seedObservedSender, services } from "../support/seed.ts";
import {
  accountUpdate,
  eventsOf,
  passTime,
  sendPath,
  stopClock,
  templateTo,
} from "../support/sends.ts";
import type { AccountRow, LifePhase } from "../../src/lib/lifecycle-words.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

interface Read {
  state: string;
  state_reason: string | null;
  blocked: { reason: string } | null;
  words: { title: string; owner: string; partner: string };
}

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  stopClock();
  ({ partner, number } = await seedObservedSender());
  passTime(60_000);
});

async function read(): Promise<Read> {
  await services().phone(number.id).flushed();
  return partner.read<Read>(`/v1/senders/${number.id}`);
}

/** Brings the number into a phase, as Meta and time do. */
async function bringTo(phase: LifePhase): Promise<void> {
  if (phase === "paused") await accountUpdate(number, "ACCOUNT_OFFBOARDED", { at: Date.now() });
  if (phase === "verifying") await accountUpdate(number, "PARTNER_REMOVED", { at: Date.now() });
  if (phase === "disconnected") {
    await services().phone(number.id).moveTo("disconnected", "test", "sender.disconnected");
    await services().phone(number.id).flushed();
  }
  passTime(60_000);
}

/** Named wherever Meta names it: entry.id is the partner's own portfolio in some of these. */
const detailOf = ({ ban }: AccountRow) => ({
  waba_info: { waba_id: number.wabaId, owner_business_id: "71" },
  ...(ban === undefined
    ? {}
    : { ban_info: { waba_ban_state: ban, waba_ban_date: "December 1, 2026" } }),
});

const PHASES: LifePhase[] = ["active", "paused", "verifying", "disconnected"];
const CASES = ACCOUNT_EVENTS.flatMap((row) =>
  PHASES.map((phase) => {
    const name = row.ban === undefined ? row.event : `${row.event} ${row.ban}`;
    return [name, phase, row] as const;
  }),
);

describe("each event of the account, as the table has it", () => {
  it.each(CASES)("%s to a number that is %s", async (_name, phase, row) => {
    await bringTo(phase);
    if (row.move === "unblock") {
      await accountUpdate(number, "DISABLED_UPDATE", {
        at: Date.now() - 30_000,
        detail: { ban_info: { waba_ban_state: "DISABLE" } },
      });
    }
    const told = (await partner.events(number.id)).length;
    await accountUpdate(number, row.event, { at: Date.now(), detail: detailOf(row) });
    const after = await read();
    const news = (await partner.events(number.id)).slice(told);
    const move = MOVES[row.move];
    const applies = move.from.includes(phase);

    expect(after.state).toBe(applies ? (move.to ?? phase) : phase);
    expect(after.blocked?.reason).toBe(applies && row.move === "block" ? "restricted" : undefined);
    const expected = applies && move.tells !== null ? [move.tells] : [];
    expect(news.map(({ type }) => type).toSorted()).toEqual(
      [...expected, "account.notice"].toSorted(),
    );
    const notice = news.find(({ type }) => type === "account.notice");
    expect(notice?.data).toMatchObject({
      field: "account_update",
      known: true,
      event: row.event,
      words: { title: row.title, owner: row.owner, partner: row.partner },
    });
    // The same again changes nothing, and is told no second time.
    await accountUpdate(number, row.event, { at: Date.now(), detail: detailOf(row) });
    expect((await read()).state).toBe(after.state);
    expect(await partner.events(number.id)).toHaveLength(told + news.length);
    const sends = after.state === "active" && after.blocked === null;
    const { status } = await partner.post(sendPath(number), templateTo());
    expect(status === 200).toBe(sends);
  });
});

describe("each reason of a disconnection, as the table has it", () => {
  const remove = (reason: string) =>
    accountUpdate(number, "PARTNER_REMOVED", {
      at: Date.now(),
      detail: { disconnection_info: { reason, initiated_by: "SYSTEM" } },
    });

  it.each(DISCONNECTION_REASONS.map((row) => [row.reason, row] as const))(
    "%s is held, and final where the account is lost",
    async (reason, row) => {
      graph.respond(({ path }) =>
        path === `/${number.wabaId}` ? graphError(400, 100, "no access", 33) : undefined,
      );
      await remove(reason);
      expect(await read()).toMatchObject({ state: "verifying", state_reason: reason });
      await runSweeps(env);
      const words = { title: row.title, owner: row.owner, partner: row.partner };
      expect(await read()).toMatchObject({ state: "disconnected", state_reason: reason, words });
      const [told] = await eventsOf(partner, number, "sender.disconnected");
      expect(told?.data).toEqual({ state: "disconnected", reason, words });
      const [notice] = await eventsOf(partner, number, "account.notice");
      expect(notice?.data).toMatchObject({ disconnection: { reason, initiated_by: "SYSTEM" } });
    },
  );

  it.each(DISCONNECTION_REASONS.map((row) => row.reason))(
    "%s about another partner ends with an active number",
    async (reason) => {
      graph.respond(({ path }) =>
        path === `/${number.wabaId}` ? Response.json({ id: number.wabaId }) : undefined,
      );
      await remove(reason);
      await runSweeps(env);
      expect(await read()).toMatchObject({ state: "active", state_reason: null });
      expect(await eventsOf(partner, number, "sender.disconnected")).toEqual([]);
    },
  );
});

describe("the words", () => {
  it("name both names of the button where the owner has to end the connection", () => {
    for (const reason of ["PARTNER_REMOVED", "detached", "access_lost"]) {
      const { owner } = wordsOfState("disconnected", reason);
      expect(owner).toContain("Settings > Account > Business Platform");
      expect(owner).toContain("Unlink Account");
      expect(owner).toContain("Disconnect");
    }
  });

  it("of a doubt do not say what is not known yet", () => {
    const unlinked = wordsOfState("disconnected", "PARTNER_REMOVED");
    expect(wordsOfState("verifying", "PARTNER_REMOVED")).not.toEqual(unlinked);
  });

  it("of a ban differ by its state", () => {
    const titles = ["DISABLE", "REINSTATE", "SCHEDULE_FOR_DISABLE"].map(
      (state) => wordsOfNotice("account_update", "DISABLED_UPDATE", state).title,
    );
    expect(new Set(titles).size).toBe(3);
  });
});
