import { describe, expect, it } from "vitest";
import { claimSync } from "../../src/database/syncs.ts";
import { saveSender } from "../../src/database/senders.ts";
import { configureNumber } from "../../src/operations/configure-number.ts";
import { sweepBodies } from "../../src/operations/sweep-bodies.ts";
import { sweepHistory } from "../../src/operations/sweep-history.ts";
import { deliver, newNumber, seedPartner, seedSender, services } from "../support/seed.ts";
import {
  archiveKeys,
  consumeByHand,
  DAY,
  HOUR,
  historyStored,
  rowsOf,
  senderOf,
  setClock,
} from "../support/storage.ts";
import {
  change,
  CUSTOMER,
  historyChunk,
  inbound,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

/** A number that went through signup (or goes through it again): it has not asked for history. */
async function onboard(partner: Partner, number: TestNumber, generation: number) {
  const sender = await saveSender(
    services().registry,
    {
      partner: partner.id,
      phoneNumberId: number.id,
      wabaId: number.wabaId,
      displayPhoneNumber: number.phone,
      verifiedName: null,
      timezone: "Europe/Prague",
      generation,
      broughtBy: "signup",
    },
    ["DB", "DB_1"],
    Date.now(),
  );
  const token = await services().vault.seal("token", `${partner.id}:${number.id}`);
  await configureNumber(services(), sender, token);
  return sender;
}

async function askForHistory(number: TestNumber): Promise<void> {
  const sender = await senderOf(number);
  const database = services().shard(sender.shard);
  await claimSync(database, sender.key, sender.generation, "history", Date.now());
}

function account(number: TestNumber, event: string, at: number) {
  return {
    object: "whatsapp_business_account",
    entry: [
      {
        id: number.wabaId,
        time: Math.floor(at / 1000),
        changes: [{ field: "account_update", value: { event } }],
      },
    ],
  };
}

const stateOf = async (partner: Partner, number: TestNumber) =>
  (await partner.read<{ state: string }>(`/v1/senders/${number.id}`)).state;

const historyOf = async (partner: Partner, number: TestNumber) =>
  (await partner.read<{ history: Record<string, unknown> }>(`/v1/senders/${number.id}/sync`))
    .history;

describe("invariant 10: account_update", () => {
  it("pauses and resumes, each told once", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, account(number, "ACCOUNT_OFFBOARDED", Date.now() - 60_000));
    expect(await stateOf(partner, number)).toBe("paused");
    await deliver(number, account(number, "ACCOUNT_RECONNECTED", Date.now() - 30_000));
    expect(await stateOf(partner, number)).toBe("active");
    const told = (await partner.events()).map((event) => event.type);
    expect(told.filter((type) => type.startsWith("sender."))).toEqual([
      "sender.connected",
      "sender.paused",
      "sender.resumed",
    ]);
  });

  it.each(["ACCOUNT_OFFBOARDED", "ACCOUNT_DELETED"])(
    "older than the generation is ignored: %s",
    async (event) => {
      const { partner, number } = await seedSender({ onboardedAt: Date.now() - HOUR });
      await deliver(number, account(number, event, Date.now() - 2 * HOUR));
      expect(await stateOf(partner, number)).toBe("active");
      expect((await partner.events()).map(({ type }) => type)).not.toContain("sender.paused");
    },
  );

  it("older than the last change is ignored: a late off-boarding after its reconnection", async () => {
    const { partner, number } = await seedSender();
    const off = account(number, "ACCOUNT_OFFBOARDED", Date.now() - 60_000);
    await deliver(number, off);
    await deliver(number, account(number, "ACCOUNT_RECONNECTED", Date.now() - 30_000));
    await deliver(number, off); // Meta's retry
    await deliver(number, account(number, "ACCOUNT_OFFBOARDED", Date.now() - 45_000));
    expect(await stateOf(partner, number)).toBe("active");
  });

  it("of the reconnection first and its off-boarding late leaves the number active", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, account(number, "ACCOUNT_RECONNECTED", Date.now() - 30_000));
    await deliver(number, account(number, "ACCOUNT_OFFBOARDED", Date.now() - 60_000));
    expect(await stateOf(partner, number)).toBe("active");
  });

  it("reaches every number of the WABA and no other WABA's", async () => {
    const { partner, number } = await seedSender();
    const sibling = { ...newNumber(), wabaId: number.wabaId };
    await onboard(partner, sibling, Date.now() - DAY);
    const stranger = await seedSender();
    await deliver(number, account(number, "ACCOUNT_OFFBOARDED", Date.now()));
    await services().phone(sibling.id).flushed();
    await services().phone(stranger.number.id).flushed();
    // It names only the account: each number is held until it has been read by itself.
    expect(await stateOf(partner, number)).toBe("verifying");
    expect(await stateOf(partner, sibling)).toBe("verifying");
    expect(await stateOf(stranger.partner, stranger.number)).toBe("active");
  });
});

describe("invariant 10: history", () => {
  const chunk = (number: TestNumber) =>
    historyChunk(number, {
      [CUSTOMER]: [textMessage({ wamid: "wamid.gen", at: 1_790_000_000_000 })],
    });

  it("that comes before this generation asked waits raw, and is taken in when it has", async () => {
    const partner = await seedPartner();
    const number = newNumber();
    await onboard(partner, number, Date.now() - HOUR);
    await webhook(chunk(number));
    const [key] = await archiveKeys("inbox/");
    await consumeByHand("tandem-history", [{ key }]);
    expect(await rowsOf(number, "history_chunks")).toEqual([]);
    expect(await rowsOf(number, "messages")).toEqual([]);

    await askForHistory(number);
    setClock(Date.now() + 60_000);
    expect(await sweepBodies(services())).toBe(1);
    await historyStored(number, 1);
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid: "wamid.gen" }]);
  });

  it("of a number that nobody knows yet waits raw, and is taken in when it is imported", async () => {
    const number = newNumber();
    await webhook(chunk(number));
    const [key] = await archiveKeys("inbox/");
    await consumeByHand("tandem-history", [{ key }]);
    setClock(Date.now() + 60_000);
    // Not read again and again while there is nobody to read it for.
    expect(await sweepBodies(services())).toBe(0);
    const partner = await seedPartner();
    await onboard(partner, number, Date.now() - HOUR);
    await askForHistory(number);
    expect(await sweepBodies(services())).toBe(1);
    await historyStored(number, 1);
  });

  it("from the generation before does not count for the new one when Meta repeats it", async () => {
    const partner = await seedPartner();
    const number = newNumber();
    await onboard(partner, number, Date.now() - 2 * DAY);
    await askForHistory(number);
    await webhook(chunk(number));
    await historyStored(number, 1);

    await onboard(partner, number, Date.now() - HOUR);
    await askForHistory(number);
    expect(await historyOf(partner, number)).toMatchObject({ state: "requested", phases: [] });
    await webhook(chunk(number));
    await expect.poll(() => archiveKeys("inbox/")).toHaveLength(2);
    for (const key of await archiveKeys("inbox/")) await consumeByHand("tandem-history", [{ key }]);
    expect(await historyOf(partner, number)).toMatchObject({ state: "requested", phases: [] });
    // And so its silence is noticed.
    setClock(Date.now() + 3 * HOUR);
    await sweepHistory(services());
    expect(await historyOf(partner, number)).toMatchObject({ state: "stalled" });
  });
});

describe("invariant 10: a declined history", () => {
  it("that Meta repeats byte for byte after a new onboarding does not decline that one", async () => {
    const partner = await seedPartner();
    const number = newNumber();
    const declined = change(number, "history", {
      history: [{ errors: [{ code: 2593109, title: "History sync is turned off" }] }],
    });
    await onboard(partner, number, Date.now() - 2 * DAY);
    await askForHistory(number);
    await webhook(declined);
    await expect.poll(() => historyOf(partner, number)).toMatchObject({ state: "declined" });

    await onboard(partner, number, Date.now() - HOUR);
    await askForHistory(number);
    setClock(Date.now() + 1_000); // another arrival, so another body in the archive
    await webhook(declined);
    const keys = await archiveKeys("inbox/");
    expect(keys).toHaveLength(2);
    for (const key of keys) await consumeByHand("tandem-history", [{ key }]);
    expect(await historyOf(partner, number)).toMatchObject({ state: "requested" });
    const told = (await partner.events()).map((event) => event.type);
    expect(told.filter((type) => type === "history.declined")).toHaveLength(1);
  });

  it("is this onboarding's own when its words differ", async () => {
    const partner = await seedPartner();
    const number = newNumber();
    const declined = (title: string) =>
      change(number, "history", { history: [{ errors: [{ code: 2593109, title }] }] });
    await onboard(partner, number, Date.now() - 2 * DAY);
    await askForHistory(number);
    await webhook(declined("turned off"));
    await expect.poll(() => historyOf(partner, number)).toMatchObject({ state: "declined" });
    await onboard(partner, number, Date.now() - HOUR);
    await askForHistory(number);
    await webhook(declined("turned off again"));
    await expect.poll(() => historyOf(partner, number)).toMatchObject({ state: "declined" });
  });
});

describe("invariant 10: a new generation", () => {
  it("wipes the windows of the one before", async () => {
    const partner = await seedPartner();
    const number = newNumber();
    await onboard(partner, number, Date.now() - 2 * DAY);
    await deliver(number, inbound(number, textMessage({ at: Date.now() - 2 * HOUR })));
    const path = `/v1/senders/${number.id}/windows/${CUSTOMER}`;
    expect(await partner.read(path)).toMatchObject({ open: true });
    await onboard(partner, number, Date.now() - HOUR);
    expect(await partner.read(path)).toMatchObject({ open: false, why: "never_wrote" });
  });

  it("keeps what was stored, under the same sender", async () => {
    const partner = await seedPartner();
    const number = newNumber();
    const first = await onboard(partner, number, Date.now() - 2 * DAY);
    const message = textMessage();
    await deliver(number, inbound(number, message));
    const second = await onboard(partner, number, Date.now() - HOUR);
    expect(second.key).toBe(first.key);
    await services().phone(number.id).flushed();
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid: message.id }]);
    const told = (await partner.events()).map((event) => event.type);
    expect(told.filter((type) => type === "sender.connected")).toHaveLength(2);
  });
});
