import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { playLive } from "../../scripts/demo/play-live.ts";
import { playSends } from "../../scripts/demo/play-sends.ts";
import { onboard } from "../../scripts/demo/world.ts";
import { LOOKS } from "./support/browser.ts";
import { checkAccessibility, screenshot } from "./support/look-at.ts";
import { setPageStage } from "./support/page-stage.ts";

describe("the console with a lively number", () => {
  const stage = setPageStage();

  beforeAll(async () => {
    const { world } = stage;
    const business = world.simulator.createBusiness({ customers: 60 });
    await onboard(world, business);
    await world.simulator.idle();
    await playLive(world, business, { withheldPhones: false });
    await playSends(world, business);
    await world.simulator.idle();
    await world.partner.post("/v1/signup-sessions", { external_id: "shop-7" });
    await sleep(4_000);
  }, 120_000);

  async function signIn(page: Page): Promise<void> {
    await page.goto("/console");
    await page.fill("input[name=token]", stage.world.operatorToken);
    await page.click("button.main");
    await page.waitForURL("**/console");
  }

  it.each(LOOKS)("is legible and without barriers: $view, $scheme", async (look) => {
    const page = await stage.open(look);
    const keep = async (name: string) => {
      await page.waitForTimeout(200);
      await checkAccessibility(page);
      const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(wide, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
      await screenshot(page, `console-${name}-${look.view}-${look.scheme}`);
    };
    await page.goto("/console");
    await keep("sign-in");
    await signIn(page);
    await keep("overview");
    for (const place of ["senders", "connect", "signups", "partners", "left-over", "audit"]) {
      await page.goto(`/console/${place}`);
      await keep(place);
    }
    await page.goto("/console/senders/1");
    await page.waitForSelector(".chart canvas");
    await keep("sender");
    await page.goto("/console/senders/1/conversations");
    await keep("conversations");
    await page.click("tbody a >> nth=0");
    await page.waitForSelector(".thread");
    await keep("thread");
    await page.goto("/console/partners");
    await page.click("tbody a >> nth=0");
    await keep("partner");
    await page.goto("/console/signups");
    await page.click("tbody a >> nth=0");
    await keep("signup");
  });
});
