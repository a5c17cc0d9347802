import { describe, expect, it } from "vitest";
import { LOOKS } from "./support/browser.ts";
import { checkAccessibility, screenshot } from "./support/look-at.ts";
import { setPageStage } from "./support/page-stage.ts";

/** Two buttons of the reader that unfold an example have no name; there is no setting for it. */
const READERS_OWN = ["button-name"];

describe("the API's documentation", () => {
  const stage = setPageStage();

  it.each(LOOKS)(
    "is read without another host, an error or a barrier: $view, $scheme",
    async (look) => {
      const page = await stage.open(look);
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.goto("/docs");
      // It renders what is near the view: on a phone, the first doors are some screens down.
      await page.getByRole("list", { name: "Senders endpoints" }).scrollIntoViewIfNeeded();
      await page.getByRole("heading", { name: "List your numbers" }).first().waitFor({
        state: "attached",
      });
      expect(await page.title()).toBe("Tandem API");
      // It fades in; half faded, nothing has contrast.
      await expect.poll(() => page.evaluate("document.getAnimations().length")).toBe(0);
      await checkAccessibility(page, READERS_OWN);
      await screenshot(page, `docs-${look.view}-${look.scheme}`);
      const foreign = asked.filter((url) => {
        return !url.startsWith(`${stage.world.gatewayUrl}/`) && !/^(data|blob):/.test(url);
      });
      expect(foreign).toEqual([]);
      const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(wide).toBeLessThanOrEqual(0);
    },
    90_000,
  );

  it("explains each problem where its type leads", async () => {
    const page = await stage.open({ view: "phone", scheme: "dark" });
    const refused = await fetch(`${stage.world.gatewayUrl}/v1/senders`);
    const { type } = (await refused.json()) as { type: string };
    await page.goto(type);
    const section = page.locator("section:target");
    expect(await section.getByRole("heading").textContent()).toBe("unauthorized 401");
    await checkAccessibility(page);
    await screenshot(page, "docs-problems-phone-dark");
  });
});
