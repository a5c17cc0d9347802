import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteAllOf } from "../../end-to-end/note-simulator.ts";
import { findLeaks, noteContent } from "../../support/known-content.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { startWorld } from "../../../scripts/demo/world.ts";
import type { World } from "../../../scripts/demo/world.ts";
import { launchBrowser, openVisitor } from "./browser.ts";
import type { Look, Visitor } from "./browser.ts";

export interface PageStage {
  /** Simulator, gateway and a partner with a key; there from `beforeAll` on. */
  readonly world: World;
  /**
   * A tab in a fresh profile, closed after the test; the test fails if anything went wrong in it.
   *
   * @param expected problems that the test provokes, e.g. `/422/`
   */
  open(look?: Partial<Look>, expected?: readonly RegExp[]): Promise<Page>;
}

/**
 * A world and a browser for the tests of one file: call it once, at the top of its `describe`.
 *
 * @param vars settings of the gateway, over those of the demo
 */
export function setPageStage({ vars }: { vars?: Record<string, string> } = {}): PageStage {
  let world: World | undefined;
  let browser: Browser | undefined;
  let folder = "";
  let visitors: Visitor[] = [];
  const gatewayLog: string[] = [];

  const worldNow = (): World => {
    if (world === undefined)
      throw new Error("The world of a page test is there in its tests only.");
    return world;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tandem-pages-"));
    [browser, world] = await Promise.all([
      launchBrowser(),
      startWorld({
        port: 0,
        stateFolder: folder,
        log: (line) => gatewayLog.push(line),
        ...(vars === undefined ? {} : { vars }),
      }),
    ]);
    noteAllOf(world.simulator);
    for (const secret of [world.partnerKey, world.operatorToken]) noteContent("token", secret);
  });

  afterEach(async ({ task }) => {
    const ended = visitors;
    visitors = [];
    await Promise.all(ended.map(({ context }) => context.close()));
    if (task.result?.state === "fail") console.log(gatewayLog.slice(-40).join("\n"));
    const leaks = findLeaks(gatewayLog.filter((line) => line.startsWith('{"level":')));
    gatewayLog.length = 0;
    expect(leaks).toEqual([]); // invariant 9; the other lines are the simulator's
    // Last, so that a test that fails by this leaves no window open.
    expect(ended.flatMap(({ problems }) => problems)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  return {
    get world() {
      return worldNow();
    },
    async open(look, expected) {
      if (browser === undefined) throw new Error("A page opens in a test, not before.");
      const visitor = await openVisitor(browser, worldNow().gatewayUrl, look, expected);
      visitors.push(visitor);
      return visitor.page;
    },
  };
}
