import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startSimulator } from "../../simulator/simulator.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import { launchBrowser, LOOKS, openVisitor } from "./support/browser.ts";
import type { Look } from "./support/browser.ts";
import { checkAccessibility, screenshot } from "./support/look-at.ts";
import { closeBy, finishPopup, goThroughPopup, popupOf } from "./support/meta-popup.ts";
import type { PopupScreen } from "./support/meta-popup.ts";

/** What the page under test heard, as it heard it. */
interface Heard {
  kind: "message" | "callback";
  origin?: string;
  data?: unknown;
  response?: { authResponse: { code: string } | null; status: string };
}

describe("Meta's SDK and popup, as the simulator plays them in a browser", () => {
  let browser: Browser;
  let simulator: Simulator;

  beforeAll(async () => {
    browser = await launchBrowser();
    simulator = await startSimulator({ appSecret: "a-secret", log: () => undefined });
  });
  afterAll(async () => {
    await browser.close();
    await simulator.close();
  });

  /** A page with a button that logs in, on an origin of its own, with the header of a careful page. */
  async function openPage({
    behaviour = {},
    init = "",
    headers = { "cross-origin-opener-policy": "same-origin-allow-popups" },
    look = {},
  }: {
    behaviour?: Parameters<Simulator["setPopup"]>[0];
    init?: string;
    headers?: Record<string, string>;
    look?: Partial<Look>;
  } = {}) {
    simulator.setPopup(behaviour);
    onTestFinished(() => simulator.setPopup({}));
    const origin = await serve(pageHtml(simulator.url, init), headers);
    const visitor = await openVisitor(browser, origin, look);
    onTestFinished(() => visitor.context.close());
    await visitor.page.goto("/");
    await visitor.page.getByText("SDK is ready").waitFor();
    return visitor;
  }
  const press = (page: Page) => () => page.getByRole("button", { name: "Log in" }).click();
  const heardBy = (page: Page) => page.evaluate<Heard[]>("window.heard");
  /** Waits until the page heard so many things of a kind. */
  const waitHeard = async (page: Page, kind: Heard["kind"], count = 1) => {
    await page.waitForFunction(
      `window.heard.filter((one) => one.kind === ${JSON.stringify(kind)}).length >= ${count}`,
    );
    return heardBy(page);
  };
  const sessionOf = (heard: Heard[]) =>
    heard.filter(
      ({ kind, data }) => kind === "message" && JSON.stringify(data).includes("WA_EMBEDDED"),
    );

  it("lets a page hear the message and the code of a finished signup", async () => {
    const shop = simulator.createBusiness();
    const { page, problems } = await openPage();
    const popup = await popupOf(page, press(page));
    await finishPopup(popup, { number: shop.displayPhoneNumber });

    const heard = await waitHeard(page, "callback");
    expect(sessionOf(heard)).toEqual([
      expect.objectContaining({
        origin: simulator.url,
        data: expect.objectContaining({ data: { waba_id: shop.wabaId } }),
      }),
    ]);
    expect(heard.at(-1)?.response).toMatchObject({
      status: "connected",
      authResponse: { code: expect.stringMatching(/^AQ/) },
    });
    expect(problems).toEqual([]);
  });

  it.each([
    ["message", ["message", "callback"]],
    ["callback", ["callback", "message"]],
  ] as const)("brings the %s first where that is set", async (first, order) => {
    const shop = simulator.createBusiness();
    const { page } = await openPage({ behaviour: { first, gapMs: 50 } });
    const popup = await popupOf(page, press(page));
    await finishPopup(popup, { number: shop.displayPhoneNumber });

    await page.waitForFunction("window.heard.length >= 3");
    const heard = await heardBy(page);
    const told = heard.filter((one) => one.kind === "callback" || sessionOf([one]).length > 0);
    expect(told.map(({ kind }) => kind)).toEqual(order);
  });

  it("answers nobody once the window is closed early, and says at which step", async () => {
    const { page } = await openPage();
    const popup = await popupOf(page, press(page));
    await goThroughPopup(popup, "Enter the number");
    await closeBy(popup, () => popup.evaluate("window.close()"));

    const heard = await waitHeard(page, "callback");
    expect(sessionOf(heard)).toEqual([
      expect.objectContaining({
        data: expect.objectContaining({
          event: "CANCEL",
          data: { current_step: "PHONE_NUMBER_SETUP" },
        }),
      }),
    ]);
    expect(heard.at(-1)?.response).toEqual({ authResponse: null, status: "unknown" });
  });

  it("says the same by its Cancel button", async () => {
    const { page } = await openPage();
    const popup = await popupOf(page, press(page));
    await goThroughPopup(popup, "Choose an asset group");
    await closeBy(popup, () => popup.getByRole("button", { name: "Cancel" }).click());

    expect(sessionOf(await waitHeard(page, "callback"))).toHaveLength(1);
  });

  it("counts a window that is closed on the last screen as finished", async () => {
    const shop = simulator.createBusiness();
    const { page } = await openPage();
    const popup = await popupOf(page, press(page));
    await goThroughPopup(popup, "The account is connected", { number: shop.displayPhoneNumber });
    await closeBy(popup, () => popup.evaluate("window.close()"));

    const heard = await waitHeard(page, "callback");
    expect(JSON.stringify(sessionOf(heard))).toContain("FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING");
    expect(heard.at(-1)?.response?.authResponse?.code).toMatch(/^AQ/);
  });

  it("lets a forged message come from an origin that only ends like Meta's", async () => {
    const shop = simulator.createBusiness();
    const { page } = await openPage({ behaviour: { forgedWabaId: "219999999999999" } });
    const popup = await popupOf(page, press(page));
    await finishPopup(popup, { number: shop.displayPhoneNumber });

    const session = sessionOf(await waitHeard(page, "callback"));
    expect(session.map(({ origin }) => origin)).toEqual([
      expect.stringMatching(/^http:\/\/notfacebook\.localhost:/),
      simulator.url,
    ]);
    expect(JSON.stringify(session[0])).toContain("219999999999999");
  });

  it("mixes strings, objects and nothing between, as Facebook's frames do", async () => {
    const shop = simulator.createBusiness();
    const { page, problems } = await openPage({ behaviour: { foreign: true, data: "string" } });
    const popup = await popupOf(page, press(page));
    await finishPopup(popup, { number: shop.displayPhoneNumber });

    const heard = await waitHeard(page, "message", 10);
    expect(heard.map(({ data }) => data)).toContain(null);
    expect(typeof sessionOf(heard)[0]?.data).toBe("string");
    expect(problems).toEqual([]);
  });

  it("never answers while its window stays open", async () => {
    const shop = simulator.createBusiness();
    const { page } = await openPage({ behaviour: { tells: "nothing" } });
    const popup = await popupOf(page, press(page));
    await goThroughPopup(popup, "The account is connected", { number: shop.displayPhoneNumber });
    await popup.getByRole("button", { name: "Finish" }).click();
    await popup.getByRole("heading", { name: "Meta does not answer" }).waitFor();
    expect(await heardBy(page)).toEqual([]);

    await closeBy(popup, () => popup.evaluate("window.close()"));
    expect((await waitHeard(page, "callback"))[0]?.response?.authResponse).toBeNull();
  });

  it("opens no window without a click, and none where the browser lets none open", async () => {
    const { page, context } = await openPage();
    await page.evaluate("window.logIn()");
    expect(context.pages()).toHaveLength(1);

    const blocked = await openPage({ behaviour: { blocked: true } });
    await blocked.page.clock.install();
    await press(blocked.page)();
    await blocked.page.clock.runFor(5_000);
    expect(blocked.context.pages()).toHaveLength(1);
    expect(await heardBy(blocked.page)).toEqual([]); // and nobody is called back
  });

  it("says on its page what is wrong with the options", async () => {
    const { page } = await openPage({ init: "window.options.config_id = '1'" });
    const popup = await popupOf(page, press(page));
    expect(await popup.getByRole("alert").textContent()).toContain("no configuration 1");
  });

  it("takes no init without a version, and no login before init", async () => {
    const { page } = await openPage();
    expect(
      await page.evaluate("try { FB.init({ appId: '1' }) } catch (err) { err.message }"),
    ).toMatch(/version/);

    const early = await openPage({ init: "window.skipsInit = true" });
    await press(early.page)();
    expect(early.context.pages()).toHaveLength(1);
    expect(early.problems).toEqual([expect.stringContaining("before FB.init")]);
  });

  it("takes no async callback, as Meta's SDK does not", async () => {
    const { page } = await openPage();
    expect(
      await page.evaluate("try { FB.login(async () => 1, {}) } catch (err) { err.message }"),
    ).toMatch(/async/);
  });

  it("reaches no page that cut itself off from its windows", async () => {
    const shop = simulator.createBusiness();
    const { page } = await openPage({ headers: { "cross-origin-opener-policy": "same-origin" } });
    const popup = await popupOf(page, press(page));
    await goThroughPopup(popup, "The account is connected", { number: shop.displayPhoneNumber });
    await popup.getByRole("button", { name: "Finish" }).click();
    await popup.getByText("No page is there to hear of this").waitFor();
    expect(sessionOf(await heardBy(page))).toEqual([]);
  });

  // Two of the four looks: each walks through nine screens.
  it.each([...LOOKS.slice(0, 1), ...LOOKS.slice(-1)])(
    "has no barriers, $view and $scheme",
    async (look) => {
      const shop = simulator.createBusiness({
        verifiedName: `Shop of ${look.view} ${look.scheme}`,
      });
      const { page } = await openPage({ look });
      const popup = await popupOf(page, press(page));
      const screens: PopupScreen[] = [
        "Log in with Facebook",
        "Choose an asset group",
        "Choose a WhatsApp account",
        "Enter the number",
        "Scan the QR code",
        "On the phone",
        "Share the chat history?",
        "Confirm the account",
        "The account is connected",
      ];
      for (const [index, screen] of screens.entries()) {
        await goThroughPopup(popup, screen, { number: shop.displayPhoneNumber });
        await checkAccessibility(popup);
        await screenshot(popup, `popup-${look.view}-${look.scheme}-${index}`);
      }
    },
  );
});

function pageHtml(simulatorUrl: string, init: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
    <button id="go">Log in</button><p id="state"></p>
    <script>
      window.heard = [];
      window.options = {
        config_id: "610000000000001", response_type: "code", override_default_response_type: true,
        extras: { setup: {}, featureType: "whatsapp_business_app_onboarding", sessionInfoVersion: "3" },
      };
      ${init};
      window.addEventListener("message", ({ origin, data }) => {
        if (data?.type !== "tandem_simulator_login") heard.push({ kind: "message", origin, data });
        else heard.push({ kind: "own", origin });
      });
      window.logIn = () => FB.login((response) => heard.push({ kind: "callback", response }), options);
      window.fbAsyncInit = () => {
        if (!window.skipsInit) FB.init({ appId: "510000000000001", autoLogAppEvents: true, xfbml: false, version: "v24.0" });
        FB.AppEvents.logPageView();
        document.getElementById("state").textContent = "SDK is ready";
      };
      document.getElementById("go").addEventListener("click", logIn);
    </script>
    <script async src="${simulatorUrl}/sdk.js"></script></html>`;
}

/** One page at every path. */
async function serve(html: string, headers: Record<string, string>): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html", ...headers }).end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
