import { describe, expect, it } from "vitest";
import { waitForNothing } from "../support/impatience.ts";
import { moveSession } from "../../src/database/signup-sessions.ts";
import { seedPartner, services } from "../support/seed.ts";
import { openSession, readPage, readState } from "../support/signups.ts";
import type { SignupSession } from "../../src/database/signup-sessions.ts";

waitForNothing();

const HOUR_MS = 3_600_000;
const ONE = { phoneNumberId: "3190", displayPhoneNumber: "+55 11 91234-5678", verifiedName: "Sol" };
const TWO = { phoneNumberId: "3191", displayPhoneNumber: "+55 21 99876-5432", verifiedName: null };
const ACCOUNT = { name: "Padaria do Sol", currency: "BRL", timezoneId: null, country: "BR" };
const AWAITING: Partial<SignupSession> = {
  state: "awaiting_confirmation",
  account: ACCOUNT,
  candidates: [ONE],
  onboardedAt: Date.now() - HOUR_MS,
};

/** The page of a session that stands in a state. */
async function pageOf(changes: Partial<SignupSession>, body: object = {}): Promise<string> {
  const session = await openIn(changes, body);
  return readPage(session);
}

async function openIn(changes: object, body: object): Promise<string> {
  const session = await openSession(await seedPartner(), {
    phone_number: "+5511912345678",
    ...body,
  });
  await moveSession(services().registry, session, ["open"], changes);
  return session;
}

describe("each state has its own view, so that a reload shows where one stands", () => {
  it.each([
    [{ state: "exchanging", codeAt: Date.now() }, "exchanging", 9],
    [{ state: "waiting", onboardedAt: Date.now() }, "waiting", 9],
    [AWAITING, "confirm", 9],
    [{ ...AWAITING, state: "confirming" }, "confirming", 10],
    [{ state: "finished" }, "finished", 11],
    [{ state: "cancelled" }, "expired", null],
  ])("%o: %s, step %s", async (changes, view, step) => {
    const html = await pageOf(changes as Partial<SignupSession>);
    expect(html).toContain(`data-view="${view}"`);
    const current = html.match(/aria-current="step"/g) ?? [];
    expect(current).toHaveLength(step === null ? 0 : 1);
    if (step !== null) expect(html).toContain(`Step ${step} of 11`);
  });
});

describe("a link whose time is over", () => {
  it.each([
    ["was cancelled", { ...AWAITING, state: "cancelled" }],
    ["expired on its way", { ...AWAITING, expiresAt: Date.now() - 1 }],
    ["connected its number long ago", { ...AWAITING, state: "finished", expiresAt: 1 }],
  ])("tells nothing of the account it was for when it %s", async (_what, changes) => {
    const session = await openIn(changes, {});
    const state = JSON.stringify(await readState(session));
    const html = await readPage(session);
    for (const secret of ["5511912345678", "91234", ACCOUNT.name]) {
      expect(html).not.toContain(secret);
      expect(state).not.toContain(secret);
    }
  });
});

describe("the confirmation", () => {
  it("shows the account and the hours that are left", async () => {
    const html = await pageOf(AWAITING);
    expect(html).toContain("Padaria do Sol");
    expect(html).toContain("BRL");
    expect(html).toContain("Brazil");
    expect(html).toContain("for 22 hours more");
  });

  it("asks for one of the country's time zones, choosing none, where the account has none", async () => {
    const html = await pageOf(AWAITING);
    expect(html).toContain("Your account has no time zone yet");
    const zones = [...html.matchAll(/<option value="([^"]+)"/g)].map(([, zone]) => zone);
    expect(zones).toContain("America/Manaus");
    expect(zones.every((zone) => zone?.startsWith("America/"))).toBe(true);
    expect(html).toContain('value="" selected');
  });

  it("lets the owner pick of several numbers, the one that was entered first", async () => {
    const html = await pageOf({ ...AWAITING, candidates: [TWO, ONE] });
    expect(html).toContain("Which one do you want to connect?");
    expect(html).toMatch(/value="3190"[^>]*checked/);
    expect(html).not.toMatch(/value="3191"[^>]*checked/);
    expect(html).not.toContain("This is not the number you entered");
  });

  it("warns when Meta names another number than was entered", async () => {
    expect(await pageOf({ ...AWAITING, candidates: [TWO] })).toContain(
      "This is not the number you entered on this page (+55 11 91234 5678)",
    );
  });

  it("explains the payment line of a former partner, with what the owner must do", async () => {
    const error = { step: "credit", code: "foreign_credit", detail: "Meta says 131042." } as const;
    const html = await pageOf({ ...AWAITING, error }, { locale: "pt-BR" });
    expect(html).toContain("Outra empresa ainda paga pela sua conta");
    expect(html).toContain("suporte comercial da Meta");
  });

  it("tells which technical check is missing", async () => {
    const proof = [{ name: "history", state: "missing", detail: "Tick the field." } as const];
    const html = await pageOf({ ...AWAITING, proof });
    expect(html).toMatch(/<li class="missing">.*history.*: missing/s);
  });

  it("writes what Meta and the partner named as text, never as markup", async () => {
    const name = '<img src=x onerror="alert(1)">';
    const html = await pageOf({ ...AWAITING, account: { ...ACCOUNT, name } });
    expect(html).not.toContain("<img src=x");
    expect(html).toContain("&lt;img src=x");
  });
});

it("an access that is renewed asks for no number, and shares nothing again", async () => {
  const html = await pageOf({ kind: "reauthorise" });
  expect(html).toContain("Give access once more");
  expect(html).not.toContain('type="checkbox"');
  expect(html).not.toContain("Sharing earlier chats");
});

it("a problem without words of its own still says what to do", async () => {
  const error = { step: "x", code: "brand_new" as "meta_error", detail: "Details." };
  expect(await pageOf({ state: "failed", error })).toContain("Something did not work");
});

it("the state's answer holds nothing but what the page needs", async () => {
  const token = { kid: "k1", iv: "aXY=", data: "c2VhbGVk" };
  const session = await openIn({ ...AWAITING, token }, {});
  expect(Object.keys(await readState(session)).sort()).toEqual([
    "problem",
    "progress",
    "stamp",
    "state",
    "step",
    "view",
  ]);
  expect(await readPage(session)).not.toContain("c2VhbGVk");
});
