import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { onboard } from "../../scripts/demo/world.ts";
import { setPageStage } from "./support/page-stage.ts";

/** Longer than the page takes to look again. */
const LOOKS_AGAIN = { timeout: 15_000 };

describe("the console in a browser", () => {
  const stage = setPageStage();

  async function signIn(expected?: RegExp[]): Promise<Page> {
    const page = await stage.open({}, expected);
    await page.goto("/console/sign-in");
    await page.fill("input[name=token]", stage.world.operatorToken);
    await page.click("button.main");
    await page.waitForURL("**/console");
    return page;
  }

  async function connect() {
    const business = stage.world.simulator.createBusiness({ customers: 3 });
    await onboard(stage.world, business);
    return business;
  }

  async function openSender(page: Page, phone: string): Promise<void> {
    await page.goto("/console/senders");
    await page.click(`a:has-text("${phone}")`);
    await page.waitForSelector("text=Windows open");
  }

  it("shows what came in without being loaded again, and draws it", async () => {
    const business = await connect();
    const page = await signIn();
    await openSender(page, business.displayPhoneNumber);
    await page.evaluate("document.body.dataset.sameDocument = 'yes'");
    const open = page.locator(".figure:has-text('Windows open') dd");
    expect(await open.textContent()).toBe("0");

    const [customer] = business.customers;
    stage.world.simulator.customerWrites(business, { from: customer?.phone ?? "", body: "Open?" });
    await page.waitForSelector(".figure:has-text('Windows open') dd:text-is('1')", LOOKS_AGAIN);

    expect(await page.evaluate("document.body.dataset.sameDocument")).toBe("yes");
    expect(await page.locator(".chart canvas").count()).toBeGreaterThanOrEqual(2);
    // Nothing but shapes went to the browser.
    expect(await page.content()).not.toContain("Open?");
  });

  it("asks before it holds sends, lets go again, and moves nothing under an open question", async () => {
    const business = await connect();
    const page = await signIn();
    await page.clock.install();
    await openSender(page, business.displayPhoneNumber);
    let looks = 0;
    page.on("request", (request) => {
      if (request.headers()["x-live"] !== undefined) looks += 1;
    });
    await page.clock.runFor(20_000);
    await expect.poll(() => looks).toBeGreaterThan(0);
    await page.click("summary:has-text('Hold sends')");
    await page.fill("input[name=reason]", "A loop in their bot.");
    await page.waitForLoadState("networkidle"); // a look that was on its way
    looks = 0;
    await page.clock.runFor(20_000); // four times the pause between two looks
    expect(looks).toBe(0);
    expect(await page.inputValue("input[name=reason]")).toBe("A loop in their bot.");

    await page.click("button:has-text('Hold its sends')");
    await page.waitForSelector(".badge:has-text('sends held')");
    expect(await page.textContent(".notice")).toContain("A loop in their bot.");
    const [customer] = business.customers;
    const answer = await stage.world.partner.send(business.phoneNumberId, {
      messaging_product: "whatsapp",
      to: `+${customer?.phone}`,
      type: "template",
      template: { name: "order_ready", language: { code: "en_US" } },
    });
    expect(answer).toMatchObject({ status: 503, code: 131016 });

    await page.click("summary:has-text('Release sends')");
    await page.click("button:has-text('Let its sends go on')");
    await page.waitForSelector(".badge:text-is('active')");
  });

  it("makes a link for an owner, and copies it", async () => {
    const page = await signIn();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto("/console/senders");
    await page.click("text=Connect a WhatsApp Business app number");
    await page.fill("input[name=external_id]", "shop-12");
    await page.click("button:has-text('Make the link')");
    await page.click("button:has-text('Copy')");
    await page.waitForSelector("button:has-text('Copied')");
    const copied = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(copied).toMatch(
      new RegExp(`^${stage.world.gatewayUrl}/connect/signup_[0-9a-z]+-[0-9a-f]+$`),
    );
  });

  it("shows content after a reason, and the audit names who looked", async () => {
    const business = await connect();
    const [customer] = business.customers;
    const from = customer?.phone ?? "";
    const { simulator } = stage.world;
    const written = simulator.customerWrites(business, { from, body: "Until when are you open?" });
    simulator.ownerWrites(business, { to: from, body: "Eight.", context: { id: written.wamid } });
    await simulator.idle();
    const page = await signIn();
    await openSender(page, business.displayPhoneNumber);
    await page.click("a:has-text('Conversations')");
    await page.waitForSelector("tbody a", LOOKS_AGAIN);
    expect(await page.content()).not.toContain("Until when");

    await page.click("summary:has-text('Show content')");
    await page.fill("input[name=reason]", "They say an answer is missing.");
    await page.click("button:has-text('Show it for 15 minutes')");
    await page.click("tbody a >> nth=0");
    await page.waitForSelector(".thread");
    expect(await page.textContent(".thread")).toContain("Until when are you open?");
    expect(await page.locator(".thread li.app").textContent()).toContain("Eight.");
    await page.click(".quote a");
    await page.waitForURL(/#m-[0-9a-f]+$/);

    await page.goto("/console/audit");
    const audit = await page.textContent("tbody");
    expect(audit).toContain("content.read");
    expect(audit).toContain("They say an answer is missing.");
  });

  it("says so when the sign-in is over meanwhile", async () => {
    const page = await signIn([/401/]);
    await page.context().clearCookies();
    await page.waitForURL("**/console/sign-in", LOOKS_AGAIN);
  });
});
