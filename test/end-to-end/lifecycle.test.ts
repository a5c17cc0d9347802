import { expect, it, onTestFinished, vi } from "vitest";
import { Stage } from "./stage.ts";

interface SenderRead {
  state: string;
  state_reason: string | null;
  words: { owner: string };
}

interface Detached {
  steps: { step: string; outcome: string }[];
  connected_at_meta: boolean;
}

it("goes with a number through a new phone, another partner's end, its own, a return and a farewell", async () => {
  const stage = await Stage.set();
  onTestFinished(() => stage.strike());
  const { partner, simulator } = stage;
  const business = simulator.createBusiness({ customers: 2 });
  const path = `/v1/senders/${business.phoneNumberId}`;
  /** Sweeps run every ten seconds here. */
  const reaches = (state: string, reason: string | null = null) =>
    vi.waitFor(
      async () => {
        const sender = await partner.get<SenderRead>(path);
        expect(sender).toMatchObject({ state, state_reason: reason });
        return sender;
      },
      { timeout: 40_000, interval: 200 },
    );

  await stage.signUp(business);
  await reaches("active");

  simulator.accountUpdate(business, "ACCOUNT_OFFBOARDED");
  await reaches("paused", "ACCOUNT_OFFBOARDED");
  simulator.accountUpdate(business, "ACCOUNT_RECONNECTED");
  await reaches("active");

  simulator.removePartner(business, { really: false });
  await reaches("verifying", "PARTNER_REMOVED");
  await reaches("active");

  simulator.removePartner(business, { reason: "PRIMARY_INACTIVITY", initiatedBy: "SYSTEM" });
  const { words } = await reaches("disconnected", "PRIMARY_INACTIVITY");
  expect(words.owner).toContain("connect the number again");

  await stage.signUp(business);
  await reaches("active");
  const { steps, connected_at_meta } = await partner.post<Detached>(`${path}/detach`, {});
  expect(steps.map(({ outcome }) => outcome)).toEqual(["done", "none", "erased"]);
  expect(connected_at_meta).toBe(true);
  expect(business.isSubscribed).toBe(false);
  expect(business.isShared).toBe(true);
  await reaches("disconnected", "detached");

  const { data } = await partner.get<{ data: { type: string }[] }>(`${path}/timeline`);
  expect(
    data
      .map(({ type }) => type)
      .filter((type) => type.startsWith("sender."))
      .toReversed(),
  ).toEqual([
    "sender.connected",
    "sender.paused",
    "sender.resumed",
    "sender.paused",
    "sender.resumed",
    "sender.paused",
    "sender.disconnected",
    "sender.connected",
    "sender.disconnected",
  ]);
});
