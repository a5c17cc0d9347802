import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const FOLDER = join(import.meta.dirname, "../../../test-output/pages");
/** What axe calls a barrier; below that it is advice. */
const BARRIERS = new Set(["serious", "critical"]);

/**
 * Looks for barriers with axe-core, in the page as it stands now.
 *
 * @param except rules that another's part of the page breaks, and we cannot mend
 * @throws Error naming each rule of impact serious or critical, and where it is broken
 */
export async function checkAccessibility(
  page: Page,
  except: readonly string[] = [],
): Promise<void> {
  // By the debugger, not by a script tag, which the page's CSP would refuse.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  const barriers = violations
    .filter(({ id, impact }) => BARRIERS.has(impact ?? "") && !except.includes(id))
    .map(({ id, help, nodes }) => {
      const places = nodes.map(({ target, failureSummary }) => {
        return `\n  ${target.join(" ")}: ${failureSummary?.replaceAll(/\s+/g, " ") ?? ""}`;
      });
      return `${id} (${help})${places.join("")}`;
    });
  if (barriers.length > 0) throw new Error(`${page.url()} has barriers:\n${barriers.join("\n")}`);
}

/** Keeps the whole page as `test-output/pages/<name>.png`, for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true });
}
