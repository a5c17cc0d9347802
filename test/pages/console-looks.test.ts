import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { playLive } from "../../scripts/demo/play-live.ts";
import { playSends } from "../../scripts/demo/play-sends.ts";
import { Receiver } from "../../scripts/demo/receiver.ts";
import { onboard } from "../../scripts/demo/world.ts";
import { LOOKS } from "./support/browser.ts";
import { checkAccessibility, screenshot } from "./support/look-at.ts";
import { setPageStage } from "./support/page-stage.ts";

/** What has come about before anybody looks. */
const LIVELY = {
  state: "paused",
  contacts: "complete",
  history: "complete",
  picture: "stored",
  endpoints: ["disabled", "down", "healthy"],
};

describe("the console with a lively number", () => {
  const stage = setPageStage();
  /** How the console shows the customer whose conversation has something of everything. */
  let talker = "";
  const receivers: Receiver[] = [];
  afterAll(() => Promise.all(receivers.map((receiver) => receiver.stop())));

  beforeAll(async () => {
    const { world } = stage;
    const { simulator } = world;
    for (const [description, status] of [
      ["the shop's backend", 204],
      ["the one that was moved", 410],
      ["the one that is broken", 500],
    ] as const) {
      const receiver = await Receiver.start();
      receiver.answer = () => status;
      receivers.push(receiver);
      await receiver.connect(world.partner, { description });
    }
    const business = simulator.createBusiness({
      verifiedName: "Corner Bakery",
      customers: 24,
      contacts: 80,
      history: { messages: 600, threads: 24 },
    });
    await onboard(world, business);
    await simulator.idle();
    await playLive(world, business, { withheldPhones: false });
    const [first] = business.customers;
    const from = first?.phone ?? "";
    talker = `…${from.slice(-4)}`;
    const asked = simulator.customerWrites(business, { from, body: "Do you bake on Sunday?" });
    simulator.ownerWrites(business, {
      to: from,
      body: "From seven.",
      context: { id: asked.wamid },
    });
    simulator.customerWrites(business, { from, type: "image", body: "Like this one" });
    await playSends(world, business);
    await simulator.idle();
    const paused = simulator.createBusiness({ verifiedName: "Harbour Bikes", customers: 3 });
    await onboard(world, paused);
    simulator.accountUpdate(paused, "ACCOUNT_OFFBOARDED");
    const stopped = await world.partner.post<{ id: string }>("/v1/signup-sessions", {
      external_id: "shop-7",
    });
    await world.partner
      .post(`/v1/signup-sessions/${stopped.id}/finish`, { code: "spent", waba_id: paused.wabaId })
      .catch(() => undefined); // refused, and that is what the console shows
    await simulator.idle();
    await vi.waitFor(async () => expect(await readState()).toEqual(LIVELY), { timeout: 60_000 });

    /** What the pages are to show, as the partner reads it. */
    async function readState() {
      const { partner } = world;
      const at = (shop: typeof business) => `/v1/senders/${shop.phoneNumberId}`;
      const { state } = await partner.get<{ state: string }>(at(paused));
      const { contacts, history } = await partner.get<{
        contacts: { state: string };
        history: { state: string };
      }>(`${at(business)}/sync`);
      const { data } = await partner.get<{ data: { type: string; media?: { state: string } }[] }>(
        `${at(business)}/messages?customer=${from}`,
      );
      const picture = data.find(({ type }) => type === "image")?.media?.state;
      const listed = await partner.get<{ data: { id: string; state: string }[] }>("/v1/endpoints");
      const endpoints = await Promise.all(
        listed.data.map(async ({ id, state }) => {
          const { health } = await partner.get<{ health: string }>(`/v1/endpoints/${id}`);
          return state === "enabled" ? health : state;
        }),
      );
      return {
        state,
        contacts: contacts.state,
        history: history.state,
        picture,
        endpoints: endpoints.sort(),
      };
    }
  }, 120_000);

  async function signIn(page: Page): Promise<void> {
    await page.goto("/console");
    await page.fill("input[name=token]", stage.world.operatorToken);
    await page.click("button.main");
    await page.waitForURL("**/console");
  }

  it.each(LOOKS)(
    "is legible and without barriers: $view, $scheme",
    async (look) => {
      const page = await stage.open(look);
      const keep = async (name: string) => {
        await page.waitForLoadState("load");
        await checkAccessibility(page);
        const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(wide, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
        await screenshot(page, `console-${name}-${look.view}-${look.scheme}`);
      };
      await page.goto("/console");
      await keep("sign-in");
      await signIn(page);
      await keep("overview");
      for (const place of [
        "senders",
        "connect",
        "signups",
        "partners",
        "left-over",
        "audit",
        "secrets",
      ]) {
        await page.goto(`/console/${place}`);
        await keep(place);
      }
      await page.goto("/console/senders/1");
      await page.waitForSelector(".chart canvas");
      await keep("sender");
      await page.goto("/console/senders/1/conversations");
      await keep("conversations");
      await page.click(`tbody a:has-text("${talker}") >> nth=0`);
      await page.waitForSelector(".thread");
      await keep("thread");
      await page.goto("/console/partners");
      await page.click("tbody a >> nth=0");
      await keep("partner");
      await page.click('a[href$="/endpoints"]');
      await keep("endpoints");
      await page.goto("/console/signups");
      await page.click("tbody a >> nth=0");
      await keep("signup");
    },
    150_000,
  ); // a dozen pages each, looked through by axe
});
