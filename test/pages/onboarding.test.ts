import { afterEach, describe, expect, it, vi } from "vitest";
import { createPartner } from "../../scripts/demo/world.ts";
import { eventually } from "../support/eventually.ts";
import type { Business, NewBusiness } from "../../simulator/simulator.ts";
import { LOOKS } from "./support/browser.ts";
import { checkAccessibility, screenshot } from "./support/look-at.ts";
import { closeBy, finishPopup, goThroughPopup } from "./support/meta-popup.ts";
import { Owner } from "./support/owner.ts";
import { setPageStage } from "./support/page-stage.ts";

const ZONE = "America/Chicago";

describe("an owner who connects a number", () => {
  const stage = setPageStage();
  afterEach(() => stage.world.simulator.setPopup({}));

  const shopOf = (input: NewBusiness = {}) => stage.world.simulator.createBusiness(input);
  const follow = async (...args: Parameters<typeof stage.open>) =>
    Owner.follow(stage.world, await stage.open(...args));
  const senders = async () =>
    (await stage.world.partner.get<{ data: { id: string; state: string }[] }>("/v1/senders")).data;
  const senderOf = async (business: Business) =>
    (await senders()).find(({ id }) => id === business.phoneNumberId);

  it("comes to the end, and sees contacts and history arrive", async () => {
    const shop = shopOf({ verifiedName: "Fern & Co", history: "small", contacts: 20 });
    const owner = await follow();
    const { page } = owner;
    await owner.heading("Which number do you want to connect?").waitFor();
    await checkAccessibility(page);
    await screenshot(page, "connect-1-number");

    await owner.getReady(shop);
    await checkAccessibility(page);
    await screenshot(page, "connect-2-ready");

    const popup = await owner.openPopup();
    await owner.heading("Follow Meta’s window").waitFor();
    await checkAccessibility(page);
    await screenshot(page, "connect-3-popup");
    await finishPopup(popup, { number: shop.displayPhoneNumber });

    await owner.heading("Is this your account?").waitFor();
    await checkAccessibility(page);
    await screenshot(page, "connect-4-confirm");
    await owner.confirm(ZONE);
    await checkAccessibility(page);
    await screenshot(page, "connect-5-finished");

    const history = page.locator("[data-bar=history]");
    await history.getByText("Everything has arrived.").waitFor({ timeout: 40_000 });
    await page.locator("[data-bar=contacts]").getByText("Everything has arrived.").waitFor({
      timeout: 40_000,
    });
    await screenshot(page, "connect-6-arrived");
    expect(await senderOf(shop)).toMatchObject({ state: "active" });
    expect(await owner.session()).toMatchObject({ state: "finished" });
    expect([...(shop.onboarding?.spent ?? [])].sort()).toEqual(["history", "smb_app_state_sync"]);
  });

  it.each(LOOKS)("finds no barrier before and after, $view and $scheme", async (look) => {
    const shop = shopOf();
    const owner = await follow(look);
    const { page } = owner;
    if (look.view === "phone") {
      await owner.heading("Please open this link on a computer").waitFor();
      await checkAccessibility(page);
      await screenshot(page, `connect-here-${look.scheme}`);
      await page.getByRole("link", { name: /go on here/ }).click();
    }
    await owner.getReady(shop);
    await checkAccessibility(page);
    await screenshot(page, `connect-ready-${look.view}-${look.scheme}`);
    await owner.goThroughMeta(shop);
    await owner.heading("Is this your account?").waitFor();
    await checkAccessibility(page);
    await screenshot(page, `connect-confirm-${look.view}-${look.scheme}`);
    await owner.confirm(ZONE);
    await checkAccessibility(page);
    await screenshot(page, `connect-finished-${look.view}-${look.scheme}`);
  });

  it("is told that keeping history back was fine", async () => {
    const shop = shopOf({ history: "small" });
    const owner = await follow();
    await owner.reachConfirmation(shop, { share: false });
    await owner.confirm(ZONE);
    await owner.page
      .getByText("Not shared: you chose that on your phone.")
      .waitFor({ timeout: 30_000 });
    await screenshot(owner.page, "connect-declined");
    expect(await senderOf(shop)).toMatchObject({ state: "active" });
  });

  it("reads where it was that they left, and can go on", async () => {
    const shop = shopOf();
    const owner = await follow();
    await owner.getReady(shop);
    const popup = await owner.openPopup();
    await goThroughPopup(popup, "Enter the number");
    await closeBy(popup, () => popup.getByRole("button", { name: "Cancel" }).click());

    const problem = owner.problem("Meta’s window was closed before the end");
    await problem.waitFor();
    expect(await problem.textContent()).toContain("Enter your number");
    await checkAccessibility(owner.page);
    await screenshot(owner.page, "connect-cancelled");
    expect((await owner.session()).trail).toContainEqual(
      expect.objectContaining({ popup: "cancelled", step: "PHONE_NUMBER_SETUP" }),
    );

    await owner.tickAll();
    await owner.goThroughMeta(shop);
    await owner.heading("Is this your account?").waitFor();
  });

  it("reads that Meta reported a problem, whose code and session the partner sees", async () => {
    stage.world.simulator.setPopup({ report: { code: "2655", sessionId: "f34b-77" } });
    const owner = await follow();
    await owner.getReady(shopOf());
    const popup = await owner.openPopup();
    await goThroughPopup(popup, "Choose an asset group");
    await closeBy(popup, () => popup.getByRole("button", { name: "Report a problem" }).click());

    await owner.problem("Meta’s window reported a problem").waitFor();
    await screenshot(owner.page, "connect-reported");
    expect((await owner.session()).trail).toContainEqual(
      expect.objectContaining({ popup: "error", code: "2655" }),
    );
    expect(JSON.stringify(await owner.session())).toContain("f34b-77");
  });

  it.each(["Add a new number", "Add no number now"] as const)(
    "learns that it was the wrong way: %s",
    async (branch) => {
      const shop = shopOf();
      const owner = await follow();
      await owner.getReady(shop);
      const popup = await owner.openPopup();
      await finishPopup(popup, { branch, number: "+1 415 555 0133" });

      await owner.problem("That was another way through Meta’s window").waitFor();
      await screenshot(owner.page, "connect-wrong-way");
      expect(shop.onboarding).toBeUndefined();
      expect(await senderOf(shop)).toBeUndefined();

      await owner.tickAll();
      await owner.goThroughMeta(shop);
      await owner.heading("Is this your account?").waitFor();
    },
  );

  it("learns that the browser let no window open", async () => {
    stage.world.simulator.setPopup({ blocked: true });
    const owner = await follow();
    await owner.getReady(shopOf());
    await owner.page.getByRole("button", { name: "Continue with Facebook" }).click();
    await owner.problem("Your browser did not open Meta’s window").waitFor();
    await screenshot(owner.page, "connect-blocked");
    await eventually(async () => {
      expect((await owner.session()).trail).toContainEqual(
        expect.objectContaining({ popup: "blocked" }),
      );
    });
  });

  it("is refused a number of a country that is not allowed, and one that is none", async () => {
    const owner = await follow();
    await owner.enterNumber("+234 803 123 4567");
    const refusal = owner.page.getByRole("alert").filter({ hasText: "Nigeria" });
    await refusal.waitFor();
    expect(await refusal.textContent()).toContain("cannot be connected");
    await checkAccessibility(owner.page);
    await screenshot(owner.page, "connect-country");

    await owner.enterNumber("12");
    await owner.page.getByText("This is not a complete phone number.").waitFor();
    expect(await owner.session()).toMatchObject({ state: "open" });
  });

  it("chooses a time zone where the account has none", async () => {
    const shop = shopOf({
      timezoneId: null,
      country: "BR",
      displayPhoneNumber: "+55 11 96123 4567",
    });
    const owner = await follow();
    await owner.reachConfirmation(shop);
    const zone = owner.page.getByRole("combobox", { name: "Time zone" });
    await owner.page.getByText("Your account has no time zone yet.").waitFor();
    expect((await zone.textContent()) ?? "").toContain("Manaus");
    await screenshot(owner.page, "connect-zone");
    await owner.confirm("America/Sao_Paulo");
    expect(await senderOf(shop)).toMatchObject({ state: "active" });
    expect(shop.timezoneId).toMatch(/^\d+$/); // written to the account, so that sends can work
  });

  it("picks one of several numbers", async () => {
    const first = shopOf({ verifiedName: "Fern & Co" });
    const second = shopOf({ wabaId: first.wabaId, verifiedName: "Fern & Co, harbour" });
    const owner = await follow();
    await owner.reachConfirmation(second);
    await owner.page.getByText("Your account has several numbers.").waitFor();
    await checkAccessibility(owner.page);
    await screenshot(owner.page, "connect-several");
    const radio = owner.page.getByRole("radio", { name: /harbour/ });
    expect(await radio.isChecked()).toBe(true); // it is the one that was entered
    await owner.confirm(ZONE);
    expect(await senderOf(second)).toMatchObject({ state: "active" });
    expect(await senderOf(first)).toBeUndefined();
  });

  it("goes on where they were after a reload, at each stage", async () => {
    const shop = shopOf();
    const owner = await follow();
    await owner.enterNumber(`+${shop.displayPhoneNumber}`);
    await owner.heading("Get ready, then open Meta’s window").waitFor();
    await owner.page.reload();
    await owner.heading("Get ready, then open Meta’s window").waitFor();
    await owner.tickAll();
    await owner.goThroughMeta(shop);
    await owner.heading("Is this your account?").waitFor();
    await owner.page.reload();
    await owner.heading("Is this your account?").waitFor();
    await owner.confirm(ZONE);
    await owner.page.reload();
    await owner.heading("Your number is connected").waitFor();
  });

  it("can walk through Meta's window anew when the page was reloaded meanwhile", async () => {
    const shop = shopOf();
    const owner = await follow();
    await owner.getReady(shop);
    const popup = await owner.openPopup();
    await goThroughPopup(popup, "Scan the QR code", { number: shop.displayPhoneNumber });
    await owner.page.reload();
    await popup.close();
    await owner.tickAll();
    await owner.goThroughMeta(shop);
    await owner.heading("Is this your account?").waitFor();
  });

  it("sees the same in two tabs", async () => {
    const shop = shopOf();
    const owner = await follow();
    const other = await owner.page.context().newPage();
    await other.goto(owner.page.url());
    await owner.reachConfirmation(shop);
    await other.getByRole("heading", { name: "Is this your account?" }).waitFor();
    await owner.confirm(ZONE);
    await other.bringToFront();
    await other.getByRole("heading", { name: "Your number is connected" }).waitFor();
  });

  it("is told that a link has expired, and that one is unknown", async () => {
    const owner = await follow({}, [/404/]);
    await stage.world.gateway.runSql(
      "DB",
      "UPDATE signup_sessions SET expires_at = ? WHERE id = ?",
      Date.now() - 1,
      owner.sessionId,
    );
    await owner.page.reload();
    await owner.heading("This link has expired").waitFor();
    await checkAccessibility(owner.page);
    await screenshot(owner.page, "connect-expired");
    await owner.page.goto("/connect/signup_madeup");
    await owner.heading("We do not know this link").waitFor();
  });

  it("is not led astray by a message from another origin", async () => {
    const [shop, foreign] = [shopOf(), shopOf()];
    stage.world.simulator.setPopup({ forgedWabaId: foreign.wabaId });
    const owner = await follow();
    await owner.reachConfirmation(shop);
    expect(JSON.stringify((await owner.session()).trail)).not.toContain(foreign.wabaId);
    await owner.confirm(ZONE);
    expect(await senderOf(shop)).toMatchObject({ state: "active" });
    expect(await senderOf(foreign)).toBeUndefined();
  });

  it.each([
    ["before the code", { first: "message", gapMs: 300 }],
    ["after the code", { first: "callback", gapMs: 300 }],
    ["long after the code", { first: "callback", gapMs: 3_000 }],
    ["as a string, among others of Facebook's", { data: "string", foreign: true }],
    ["never", { tells: "callback" }],
  ] as const)("comes to the account when Meta's message arrives %s", async (_when, behaviour) => {
    stage.world.simulator.setPopup(behaviour);
    const owner = await follow();
    await owner.reachConfirmation(shopOf());
  });

  it("waits while Meta does not list the number yet, and comes to the account by itself", async () => {
    const shop = shopOf({ lag: { phoneNumbers: 1_000 } });
    const owner = await follow();
    await owner.getReady(shop);
    await owner.goThroughMeta(shop);
    await owner.heading("Meta is still preparing your number").waitFor();
    await checkAccessibility(owner.page);
    await screenshot(owner.page, "connect-waiting");
    shop.lag.phoneNumbers.reads = 0;
    await owner.heading("Is this your account?").waitFor({ timeout: 50_000 });
  });

  it("comes to the account where the code's own call and the waiting page ask Meta at once", async () => {
    const shop = shopOf({ lag: { phoneNumbers: 2 } });
    const owner = await follow(); // which fails on any answer of 4xx
    await owner.reachConfirmation(shop);
  });

  it("is told that a code came too late, and nothing is connected", async () => {
    stage.world.simulator.setPopup({ codeAgeMs: 31_000 });
    const shop = shopOf();
    const owner = await follow({}, [/\/finish/, /status of 4\d\d/]);
    await owner.getReady(shop);
    await owner.goThroughMeta(shop);
    await owner.problem("Meta’s permission came too late").waitFor();
    await screenshot(owner.page, "connect-too-late");
    expect(await senderOf(shop)).toBeUndefined();
  });

  it("is told that the permission is for another account than the one named", async () => {
    const [shop, foreign] = [shopOf(), shopOf()];
    stage.world.simulator.setPopup({ namedWabaId: foreign.wabaId });
    const owner = await follow({}, [/\/finish/, /status of 4\d\d/]);
    await owner.getReady(shop);
    await owner.goThroughMeta(shop);
    await owner.problem("The permission is for another account").waitFor({ timeout: 40_000 });
    expect(await senderOf(foreign)).toBeUndefined();
  });

  it("is told that another company holds the number", async () => {
    const shop = shopOf();
    const first = await follow();
    await first.reachConfirmation(shop);
    await first.confirm(ZONE);

    const { world } = stage;
    const partner = await createPartner(world.operator);
    const owner = await Owner.follow(
      { ...world, ...partner },
      await stage.open({}, [/\/finish/, /status of 4\d\d/]),
    );
    await owner.getReady(shop);
    await owner.goThroughMeta(shop);
    await owner.problem("This number is connected to another company").waitFor();
    await screenshot(owner.page, "connect-held-elsewhere");
  });

  it("gives access once more, and neither contacts nor history are asked for again", async () => {
    const shop = shopOf();
    const owner = await follow();
    await owner.reachConfirmation(shop);
    await owner.confirm(ZONE);

    const again = await Owner.follow(stage.world, await stage.open(), {
      kind: "reauthorise",
      phone_number_id: shop.phoneNumberId,
    });
    await again.heading("Give access once more").waitFor();
    await checkAccessibility(again.page);
    await screenshot(again.page, "connect-reauthorise");
    await again.goThroughMeta(shop);
    await again.heading("Access is renewed").waitFor();
    expect(await senderOf(shop)).toMatchObject({ state: "active" });
    expect([...(shop.onboarding?.spent ?? [])]).toEqual([]); // Meta would allow it, since this popup
  });

  it("unlinks later, in the app, the partner sees it, and connects again by a new link", async () => {
    const shop = shopOf();
    const owner = await follow();
    await owner.reachConfirmation(shop);
    await owner.confirm(ZONE);
    stage.world.simulator.removePartner(shop);
    await vi.waitFor(
      async () => expect(await senderOf(shop)).toMatchObject({ state: "disconnected" }),
      { timeout: 40_000, interval: 250 },
    );

    const again = await follow();
    await again.reachConfirmation(shop);
    await again.confirm(ZONE);
    expect(await senderOf(shop)).toMatchObject({ state: "active" });
  });
});
