import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { waitForNothing } from "../support/impatience.ts";
import { findSession } from "../../src/database/signup-sessions.ts";
import { findAllocationOf } from "../../src/database/allocations.ts";
import { confirmSender } from "../../src/operations/confirm-sender.ts";
import { describeSignup } from "../../src/operations/describe-signup.ts";
import { revokeCredit } from "../../src/operations/revoke-credit.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { importNumber, newNumber, services } from "../support/seed.ts";
import { answer, Signup } from "../support/signup.ts";
import { senderOf } from "../support/storage.ts";
import type { Services } from "../../src/services.ts";
import type { Session } from "../support/signup.ts";

waitForNothing();

const LINE = "570000000000001";
const ALLOCATION = "580000000000001";
const SHARE = `/${LINE}/whatsapp_credit_sharing_and_attach`;
const SYSTEM = "system-token";

/** The gateway of a Solution Partner. */
const asSolutionPartner = (): Services => ({
  ...services(),
  settings: {
    ...services().settings,
    META_SYSTEM_TOKEN: SYSTEM,
    META_EXTENDED_CREDIT_ID: LINE,
  },
});

let signup: Signup;
let session: Session;
/** What Meta shows of the account's money. */
let account: Record<string, string | undefined>;
let isShared: boolean;

beforeEach(async () => {
  signup = await Signup.begin();
  account = { currency: "EUR", timezone_id: "58", primary_funding_id: undefined };
  isShared = false;
  const { wabaId } = signup.number;
  answer(`/${wabaId}`, () =>
    Response.json({ id: wabaId, owner_business_info: { id: "710" }, ...account }),
  );
  answer(SHARE, () => {
    isShared = true;
    account["primary_funding_id"] = "59";
    return Response.json({ allocation_config_id: ALLOCATION, waba_id: wabaId });
  });
  answer(`/${LINE}/owning_credit_allocation_configs`, () =>
    Response.json({ data: isShared ? [{ id: ALLOCATION }] : [] }),
  );
  answer(`/${ALLOCATION}`, ({ method }) =>
    Response.json(method === "DELETE" ? { success: true } : { receiving_credential: { id: "59" } }),
  );
  session = await signup.open();
  await signup.finish(session);
});

const stored = async () => {
  const found = await findSession(services().registry, session.id);
  if (found === null) throw new Error("The session is gone.");
  return found;
};
const confirm = async (more: { force?: boolean; unattended?: boolean } = {}) =>
  confirmSender(asSolutionPartner(), await stored(), {
    timezone: "Europe/Berlin",
    sync: { contacts: true, history: true },
    ...more,
  });
const shares = () => graph.requests.filter(({ path }) => path === SHARE);

describe("the credit line of a Solution Partner", () => {
  it("is shared in the account's currency by the system token, verified, and kept with the sender", async () => {
    const sender = await confirm();
    expect(shares()).toMatchObject([
      {
        authorization: `Bearer ${SYSTEM}`,
        query: { waba_currency: "EUR", waba_id: signup.number.wabaId },
      },
    ]);
    expect(signup.calls(`/${ALLOCATION}`)).toHaveLength(1);
    expect(await findAllocationOf(services().registry, sender.key)).toBe(ALLOCATION);
    expect(await signup.read(session)).toMatchObject({
      state: "finished",
      credit: { state: "attached", currency: "EUR" },
    });
    expect((await describeSignup(asSolutionPartner(), await stored())).payment).toBe("partner");
  });

  it("is none of a Tech Provider's: its owners pay by a method of their own", async () => {
    expect((await signup.confirm(session)).status).toBe(200);
    expect(shares()).toEqual([]);
    expect((await describeSignup(services(), await stored())).payment).toBe("owner");
  });

  it.each([
    [
      "another provider's line still pays",
      () => {
        account["primary_funding_id"] = "another";
        answer(SHARE, () => graphError(400, 100, "no"));
      },
      "foreign_credit",
    ],
    ["the account has no currency", () => delete account["currency"], "currency_missing"],
    [
      "Meta shares no line in its currency",
      () => {
        account["currency"] = "BRL";
        answer(SHARE, () => graphError(400, 100, "no"));
      },
      "currency_unsupported",
    ],
    [
      "Meta refuses for another reason",
      () => answer(SHARE, () => graphError(403, 10, "no")),
      "credit_refused",
    ],
  ])("where %s, the confirmation says what to do and spends nothing", async (_w, given, reason) => {
    given();
    await expect(confirm()).rejects.toMatchObject({ code: "signup_failed", reason });
    expect(signup.syncs).toEqual([]);
    const page = await describeSignup(asSolutionPartner(), await stored());
    expect(page).toMatchObject({
      state: "awaiting_confirmation",
      problem: { step: "credit", code: reason },
    });
  });

  it("can be confirmed again once it is mended", async () => {
    const currency = account["currency"];
    delete account["currency"];
    await expect(confirm()).rejects.toMatchObject({ reason: "currency_missing" });
    account["currency"] = currency;
    await confirm();
    expect(signup.syncs).toHaveLength(2);
  });

  it("invariant 5: is looked up, not shared again, where the answer was lost", async () => {
    let isLost = true;
    answer(SHARE, () => {
      isShared = true;
      account["primary_funding_id"] = "59";
      return isLost ? HttpResponse.error() : undefined;
    });
    await expect(confirm()).rejects.toMatchObject({ reason: "credit_unknown" });
    expect((await signup.read(session)).credit).toMatchObject({ state: "unknown" });
    isLost = false;
    const sender = await confirm();
    expect(shares()).toHaveLength(1);
    expect(await findAllocationOf(services().registry, sender.key)).toBe(ALLOCATION);
  });

  it("is shared anew where the lost answer was of a call that Meta never took", async () => {
    let isLost = true;
    answer(SHARE, () => (isLost ? HttpResponse.error() : undefined));
    await expect(confirm()).rejects.toMatchObject({ reason: "credit_unknown" });
    isLost = false;
    await confirm();
    expect(shares()).toHaveLength(2);
  });

  it.each([{ force: true }, { unattended: true }])(
    "does not stop the syncs where the partner insists or nobody is there: %j",
    async (how) => {
      answer(SHARE, () => graphError(403, 10, "no"));
      await confirm(how);
      expect(signup.syncs).toHaveLength(2);
      expect(await signup.read(session)).toMatchObject({ credit: { state: "refused" } });
    },
  );
});

it("keeps the line with the sender where a Worker died before it was noted", async () => {
  const { registry } = services();
  await registry
    .prepare(
      `CREATE TRIGGER dies BEFORE UPDATE OF allocation_config_id ON senders
       BEGIN SELECT RAISE(ABORT, 'died'); END`,
    )
    .run();
  await expect(confirm()).rejects.toThrow("died");
  await registry.prepare(`DROP TRIGGER dies`).run();
  const { key } = await confirm();
  expect(await findAllocationOf(registry, key)).toBe(ALLOCATION);
  expect(shares()).toHaveLength(1);
});

it("loses no sight of an account whose money its token may not see", async () => {
  answer(`/${signup.number.wabaId}`, ({ query }) =>
    query["fields"]?.includes("primary_funding_id") === true
      ? graphError(403, 10, "no permission")
      : undefined,
  );
  await confirm();
  expect(await signup.read(session)).toMatchObject({
    state: "finished",
    credit: { state: "attached" },
  });
});

describe("taking the line back", () => {
  const revoke = async () => revokeCredit(asSolutionPartner(), await senderOf(signup.number));
  const deletions = () => graph.requests.filter(({ method }) => method === "DELETE");

  it("is done once, and a second time there is nothing to do", async () => {
    await confirm();
    expect(await revoke()).toEqual({ outcome: "revoked" });
    expect(deletions()).toMatchObject([
      { path: `/${ALLOCATION}`, authorization: `Bearer ${SYSTEM}` },
    ]);
    expect(await revoke()).toEqual({ outcome: "none" });
    expect(deletions()).toHaveLength(1);
  });

  it("is tried again where Meta failed, and done where Meta knows it no more", async () => {
    await confirm();
    answer(`/${ALLOCATION}`, () => graphError(500, 2, "later"));
    expect(await revoke()).toEqual({ outcome: "failed", code: 2 });
    answer(`/${ALLOCATION}`, () => graphError(400, 100, "gone", 33));
    expect(await revoke()).toEqual({ outcome: "revoked" });
  });

  it("leaves it to another connected number of the same account", async () => {
    const { key } = await confirm();
    const second = { ...newNumber(), wabaId: signup.number.wabaId };
    await importNumber(signup.partner, second);
    const { key: other } = await senderOf(second);
    await services()
      .registry.prepare(`UPDATE senders SET allocation_config_id = ?2 WHERE key = ?1`)
      .bind(other, ALLOCATION)
      .run();
    expect(await revoke()).toEqual({ outcome: "kept" });
    expect(deletions()).toEqual([]);
    // Kept in mind: with the last number of the account the line goes too.
    expect(await findAllocationOf(services().registry, key)).toBe(ALLOCATION);
  });
});
