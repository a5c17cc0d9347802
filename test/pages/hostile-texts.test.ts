import { createHmac } from "node:crypto";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { onboard } from "../../scripts/demo/world.ts";
import { setPageStage } from "./support/page-stage.ts";
import type { Page } from "playwright-core";
import type { Business } from "../../simulator/simulator.ts";

/** Breaks out of whatever it is put into, and runs, if anything lets it. */
const HOSTILE = `</title></script>"'><img src=x onerror=__ran=1><svg onload=__ran=1><script>__ran=1</script>`;
/** In an address that is one. */
const HOSTILE_URL = `https://logo.invalid/a.png?"><script>__ran=1</script>`;

describe("texts that are code in a careless page", () => {
  const stage = setPageStage();
  let business: Business;
  let owners = "";
  let finished = "";

  beforeAll(async () => {
    const { world } = stage;
    const { simulator, partner, operator } = world;
    await operator.patch(`/v1/admin/partners/${world.partnerId}`, {
      name: HOSTILE,
      logo_url: HOSTILE_URL,
    });
    await operator.post(`/v1/admin/partners/${world.partnerId}/keys`, { name: HOSTILE });
    business = simulator.createBusiness({ verifiedName: HOSTILE, customers: 2 });
    await onboard(world, business);
    await partner.post("/v1/endpoints", {
      url: `${world.gatewayUrl}/health?${encodeURIComponent(HOSTILE)}`,
      description: HOSTILE,
    });
    const session = { external_id: HOSTILE, return_url: HOSTILE_URL };
    ({ url: owners } = await partner.post<{ url: string }>("/v1/signup-sessions", session));
    const second = simulator.createBusiness({ verifiedName: HOSTILE });
    const made = await partner.post<{ id: string; url: string }>("/v1/signup-sessions", session);
    const { code } = simulator.issueCode(second);
    await partner.post(`/v1/signup-sessions/${made.id}/finish`, { code, waba_id: second.wabaId });
    await partner.post(`/v1/signup-sessions/${made.id}/confirm`, { timezone: "Europe/Berlin" });
    finished = made.url;
    await tell("messages", {
      contacts: [{ profile: { name: HOSTILE, username: HOSTILE }, wa_id: "15550188001" }],
      messages: [
        message("text", { body: HOSTILE }),
        message("image", { id: "1", mime_type: HOSTILE, caption: HOSTILE }),
        message("document", { id: "2", mime_type: "application/pdf", filename: HOSTILE }),
        message("location", {
          latitude: 1,
          longitude: 2,
          name: HOSTILE,
          url: "javascript:__ran=1",
        }),
        message("button", { text: HOSTILE, payload: HOSTILE }),
        message("contacts", [{ name: { formatted_name: HOSTILE }, urls: [{ url: HOSTILE }] }]),
        message("interactive", { type: "list_reply", list_reply: { id: HOSTILE, title: HOSTILE } }),
        message("order", { catalog_id: HOSTILE, text: HOSTILE, product_items: [] }),
        message("reaction", { message_id: HOSTILE, emoji: HOSTILE }),
        { ...message("unsupported", {}), errors: [{ code: 131051, title: HOSTILE }] },
        message(HOSTILE, { body: HOSTILE }),
        {
          ...message("text", { body: "by an ad" }),
          referral: { headline: HOSTILE, body: HOSTILE },
        },
      ],
    });
    await tell("messages", {
      statuses: [
        {
          id: "wamid.hostile-text",
          status: "failed",
          timestamp: now(),
          recipient_id: "15550188001",
          errors: [{ code: 131000, title: HOSTILE, error_data: { details: HOSTILE } }],
        },
      ],
    });
    await tell("smb_app_state_sync", {
      state_sync: [
        {
          type: "contact",
          action: "add",
          contact: { full_name: HOSTILE, first_name: HOSTILE, phone_number: "15550188001" },
          metadata: { timestamp: now() },
        },
      ],
    });
    await tell(HOSTILE, { event: HOSTILE });
    await tell("account_alerts", {
      entity_type: "PHONE_NUMBER",
      entity_id: business.phoneNumberId,
      alert_info: { alert_severity: HOSTILE, alert_type: HOSTILE, alert_description: HOSTILE },
    });
    await tell("account_update", { event: HOSTILE, ban_info: { waba_ban_state: HOSTILE } });
    await tell("phone_number_quality_update", { event: HOSTILE, current_limit: HOSTILE });
    await post({ object: HOSTILE, entry: [{ id: HOSTILE, changes: [] }] });
    await simulator.idle();
    const at = `/v1/senders/${business.phoneNumberId}`;
    await vi.waitFor(
      async () => {
        const { data } = await partner.get<{ data: unknown[] }>(`${at}/messages?limit=50`);
        expect(data.length).toBeGreaterThan(8);
      },
      { timeout: 30_000, interval: 200 },
    );
  }, 120_000);

  const now = () => String(Math.floor(Date.now() / 1_000));

  function message(type: string, part: unknown) {
    const id = `wamid.hostile-${type.slice(0, 20)}`;
    return { from: "15550188001", id, timestamp: now(), type, [type]: part };
  }

  /** A webhook of Meta's about the shop. */
  function tell(field: string, value: Record<string, unknown>): Promise<void> {
    const { phoneNumberId: phone_number_id, displayPhoneNumber: display_phone_number } = business;
    const metadata = { phone_number_id, display_phone_number };
    const whole = { messaging_product: "whatsapp", metadata, ...value };
    const changes = [{ field, value: whole }];
    return post({ object: "whatsapp_business_account", entry: [{ id: business.wabaId, changes }] });
  }

  async function post(payload: unknown): Promise<void> {
    const { appSecret, gatewayUrl } = stage.world;
    const body = JSON.stringify(payload);
    const signature = createHmac("sha256", appSecret).update(body).digest("hex");
    const headers = { "x-hub-signature-256": `sha256=${signature}` };
    const response = await fetch(`${gatewayUrl}/webhooks/meta`, { method: "POST", headers, body });
    if (response.status !== 200) throw new Error(`webhook: ${response.status}`);
  }

  /** The logo's host is nowhere, which browsers say aloud. */
  const NO_LOGO = [/Failed to load resource: net::ERR_/];

  /** What came alive on a page, and whether the text stands on it at all. */
  function look(page: Page) {
    return page.evaluate<{ ran: boolean; alive: string[]; shown: boolean }>(`({
      ran: "__ran" in window,
      alive: [
        ...document.querySelectorAll("script:not([src]), [onerror], [onload], img[src=x]"),
        ...[...document.querySelectorAll("[href], [src], [action], [formaction]")].filter((each) =>
          ["href", "src", "action", "formaction"].some((name) =>
            /^\\s*(javascript|vbscript|data:text)/i.test(each.getAttribute(name) ?? ""))),
      ].map((each) => each.outerHTML.slice(0, 200)),
      shown: document.documentElement.outerHTML.includes("onerror=__ran"),
    })`);
  }

  async function open(
    expected: readonly RegExp[] = [],
  ): Promise<{ page: Page; check: (path: string) => Promise<boolean> }> {
    const page = await stage.open({}, [...NO_LOGO, ...expected]);
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    return {
      page,
      /** Opens a page and looks for anything that came alive. @returns whether it shows the text */
      async check(path) {
        await page.goto(path, { waitUntil: "load" });
        const found = await look(page);
        expect([path, dialogs, found.ran, found.alive]).toEqual([path, [], false, []]);
        return found.shown;
      },
    };
  }

  it("stay texts on every page of the console", async () => {
    const { page, check } = await open();
    await page.goto("/console/sign-in");
    await page.fill("input[name=token]", stage.world.operatorToken);
    await page.click("button.main");
    await page.waitForURL("**/console");
    // What operators write is shown to the next one.
    await page.goto("/console/senders/1");
    await page.click("summary:has-text('Hold sends')");
    await page.fill("form[action$='/hold'] input[name=reason]", HOSTILE);
    await page.click("button:has-text('Hold its sends')");
    await page.waitForSelector(".badge:has-text('sends held')");
    await page.goto("/console/senders/1/conversations");
    await page.click("summary:has-text('Show content')");
    await page.fill("form[action$='/show'] input[name=reason]", HOSTILE);
    await page.click("button:has-text('Show it for 15 minutes')");
    await page.waitForLoadState("load");

    const shown: string[] = [];
    const pages = ["", "/senders", "/connect", "/signups", "/partners", "/left-over", "/audit"].map(
      (path) => `/console${path}`,
    );
    // And whatever these lead to.
    for (const path of [
      ...pages,
      "/console/senders/1",
      "/console/senders/2",
      "/console/senders/1/conversations",
      `/console/partners/${stage.world.partnerId}`,
      `/console/partners/${stage.world.partnerId}/endpoints`,
    ]) {
      if (await check(path)) shown.push(path);
      const links = await page.$$eval(
        "main a[href^='/console/'], tbody a[href^='/console/']",
        (all) => all.map((each) => each.getAttribute("href") ?? ""),
      );
      for (const link of links
        .filter((each) => /conversations\/|signups\//.test(each))
        .slice(0, 3)) {
        if (await check(link)) shown.push(link.replace(/[^/]+$/, ""));
      }
    }
    // They were there to be seen, or nothing was tried.
    expect(shown).toEqual(
      expect.arrayContaining([
        "/console/senders/1/conversations/",
        "/console/senders/1",
        "/console/partners",
        "/console/audit",
        "/console/signups",
        `/console/partners/${stage.world.partnerId}`,
        `/console/partners/${stage.world.partnerId}/endpoints`,
      ]),
    );
  }, 120_000);

  it("stay texts on the owner's page and in the documents", async () => {
    const { check } = await open([/404/]);
    expect(await check(owners)).toBe(true);
    expect(await check(finished)).toBe(true);
    await check(`${owners}x${encodeURIComponent(HOSTILE)}`);
    await check(`/docs?${encodeURIComponent(HOSTILE)}#${encodeURIComponent(HOSTILE)}`);
    await check(`/docs/problems#${encodeURIComponent(HOSTILE)}`);
  }, 60_000);

  it("are noticed by these tests where they come alive, and run nothing even then", async () => {
    const { page } = await open([/Content Security Policy/, /404/]);
    await page.goto(owners);
    await page.evaluate(`document.body.innerHTML = ${JSON.stringify(HOSTILE)}`);
    await page.waitForTimeout(200);
    const { alive, ran } = await look(page);
    expect(alive.length).toBeGreaterThan(1);
    expect(ran).toBe(false);
  });
});
