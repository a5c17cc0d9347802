import { describe, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { LOOKS } from "./support/browser.ts";
import { checkAccessibility, screenshot } from "./support/look-at.ts";
import { finishPopup, popupOf } from "./support/meta-popup.ts";
import { setPageStage } from "./support/page-stage.ts";

describe("the owner's page", () => {
  const stage = setPageStage();

  /** A fresh session's page, opened. */
  async function openPage(page: Page, body: object = {}, query = ""): Promise<void> {
    const { url } = await stage.world.partner.post<{ url: string }>("/v1/signup-sessions", body);
    await page.goto(`${url}${query}`);
  }

  it("has no barriers in any look, with everything folded out", async () => {
    for (const look of LOOKS) {
      const page = await stage.open(look);
      for (const [view, body] of [
        ["start", {}],
        ["ready", { phone_number: "+5511912345678" }],
      ] as const) {
        await openPage(page, body, "?here=1");
        await page.locator(`main[data-view=${view}]`).waitFor();
        await page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true");
        await checkAccessibility(page);
        expect(await widthBeyond(page)).toBe(0);
        await screenshot(page, `connect-${view}-${look.view}-${look.scheme}`);
      }
    }
  });

  it("scrolls in one direction only when its text is twice as large", async () => {
    const page = await stage.open();
    await page.setViewportSize({ width: 640, height: 400 }); // what 200 % leaves of 1280 pixels
    await openPage(page, { phone_number: "+5511912345678" });
    expect(await widthBeyond(page)).toBe(0);
  });

  it("refuses a number beside its field, and gives the field back", async () => {
    const page = await stage.open();
    await openPage(page);
    const field = page.getByLabel("Number of your WhatsApp Business app");
    await field.fill("+234 803 123 4567");
    await field.press("Enter");
    await page.getByText("Numbers from Nigeria cannot be connected").waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await field.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(
      true,
    );
  });

  it("asks for each tick before it opens Meta's window, by keyboard alone", async () => {
    const page = await stage.open();
    await openPage(page);
    await page.getByLabel("Number of your WhatsApp Business app").fill("+55 11 91234-5678");
    await page.keyboard.press("Enter");
    const login = page.getByRole("button", { name: "Continue with Facebook" });
    await login.press("Enter");
    expect(page.context().pages()).toHaveLength(1);
    for (const box of await page.getByRole("checkbox").all()) await box.press("Space");
    const popup = await popupOf(page, () => login.press("Enter"));
    await page.getByRole("heading", { level: 1, name: "Follow Meta’s window" }).waitFor();
    await popup.close();
    await page.getByText("Meta’s window was closed before the end").waitFor();
    // The ticks stay: nobody reads the list twice.
    expect(await page.getByRole("checkbox", { checked: true }).count()).toBe(3);
  });

  it("goes along with Meta's window step by step, and shows the account and what arrives", async () => {
    const { simulator } = stage.world;
    const shop = simulator.createBusiness({ history: "small", contacts: 12, country: "BR" });
    const page = await stage.open();
    await openPage(page, {
      phone_number: shop.displayPhoneNumber,
      return_url: "https://p.example",
    });
    await page.locator("#login").waitFor();
    for (const box of await page.getByRole("checkbox").all()) await box.check();
    const popup = await popupOf(page, () =>
      page.getByRole("button", { name: "Continue with Facebook" }).click(),
    );
    await page.getByRole("button", { name: "Next" }).click();
    await page.locator('li[aria-current="step"]', { hasText: "Choose your business" }).waitFor();
    await checkAccessibility(page);
    await screenshot(page, "connect-guide");
    await finishPopup(popup, { number: shop.displayPhoneNumber });

    await page.getByRole("heading", { name: "Is this your account?" }).waitFor();
    await checkAccessibility(page);
    await screenshot(page, "connect-confirm");
    await page.getByRole("button", { name: "Confirm" }).click();

    await page.getByRole("heading", { name: "Your number is connected" }).waitFor();
    await page.locator("[data-bar=history].done").waitFor({ timeout: 30_000 });
    await checkAccessibility(page);
    await screenshot(page, "connect-finished");
    expect(await page.getByRole("link", { name: /Back to/ }).getAttribute("href")).toBe(
      "https://p.example",
    );
  });

  it("says that a blocker keeps Meta's sign-in away, and goes on saying so", async () => {
    const page = await stage.open({}, [/ERR_FAILED/]);
    await page.route(/\/sdk\.js/, (route) => route.abort());
    await openPage(page, { phone_number: "+5511912345678" });
    const notice = page.getByRole("heading", { name: "Meta’s sign-in could not be loaded" });
    await notice.waitFor();
    // By then the session knows of it, and the page has been fetched anew.
    await page.locator("[data-problem=popup_blocked]").waitFor({ state: "attached" });
    await notice.waitFor();
    expect(
      await page.getByText("did not open Meta’s window").filter({ visible: true }).count(),
    ).toBe(0);
  });

  it("shows in one tab what was done in another", async () => {
    const one = await stage.open();
    const { url } = await stage.world.partner.post<{ url: string }>("/v1/signup-sessions", {});
    await one.goto(url);
    const two = await one.context().newPage();
    await two.goto(url);
    await two.getByLabel("Number of your WhatsApp Business app").fill("+55 11 91234-5678");
    await two.keyboard.press("Enter");
    await two.locator("main[data-view=ready]").waitFor();
    await one.bringToFront();
    await one.locator("main[data-view=ready]").waitFor({ timeout: 10_000 });
  });
});

function widthBeyond(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
}
