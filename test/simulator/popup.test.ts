import { describe, expect, it } from "vitest";
import { CURRENT_STEPS } from "../../simulator/popup/behaviour.ts";
import type { Delivery } from "../../simulator/popup/plan-deliveries.ts";
import { call, connect, exchange, itemsOf, start } from "./support.ts";
import { PopupWalk } from "./popup-support.ts";

const extras = (over: Record<string, unknown>) =>
  JSON.stringify({ setup: {}, featureType: "whatsapp_business_app_onboarding", ...over });

const dataOf = (deliveries: Delivery[] | null | undefined) =>
  (deliveries ?? []).map(({ data }) => data);

/** The code the page is handed. */
function codeIn(deliveries: Delivery[] | null | undefined): string {
  const login = dataOf(deliveries).find(
    (data) => (data as { type?: string } | null)?.type === "tandem_simulator_login",
  );
  return String((login as { code?: unknown } | undefined)?.code);
}

describe("a popup that is opened wrongly (protocol.md 1.1, 1.2)", () => {
  it.each([
    ["another app", { app_id: "1" }, /no app 1/],
    ["no app", { app_id: "" }, /without an id/],
    ["another configuration", { config_id: "9900" }, /no configuration 9900/],
    ["a token as the answer", { response_type: "token" }, /response_type/],
    [
      "the answer's type not overridden",
      { override_default_response_type: "false" },
      /override_default/,
    ],
    ["no extras", { extras: "null" }, /extras is an object/],
    ["no setup", { extras: extras({ setup: null }) }, /extras\.setup/],
    ["the value of v2", { extras: extras({ featureType: "coexistence" }) }, /went with v2/],
    ["no feature", { extras: extras({ featureType: "" }) }, /new numbers only/],
    [
      "an install of the app alone",
      { extras: extras({ features: [{ name: "app_only_install" }] }) },
      /app_only_install/,
    ],
    ["no page to tell", { origin: "" }, /did not say its origin/],
    [
      "a page's path for its origin",
      { origin: "https://page.test/connect" },
      /did not say its origin/,
    ],
  ])("says so: %s", async (_what, options, problem) => {
    const { screen } = await PopupWalk.open(await start(), options);
    expect(screen).toMatchObject({ status: 400, title: "This signup cannot begin", plan: null });
    expect(screen.text).toMatch(problem);
  });

  it("takes extras.version and more of extras as it comes", async () => {
    const { screen } = await PopupWalk.open(await start(), {
      extras: extras({ version: "v3", sessionInfoVersion: "3" }),
    });
    expect(screen.title).toBe("Log in with Facebook");
  });
});

describe("a number of the WhatsApp Business app", () => {
  it("is connected screen by screen", async () => {
    const simulator = await start();
    const shop = simulator.createBusiness({ verifiedName: "Fern & Co" });
    const walk = await PopupWalk.open(simulator);
    const titles = [walk.screen.title];
    const answers: Record<string, string>[] = [
      {},
      { assets: shop.wabaId },
      { branch: "app" },
      { phone: `+${shop.displayPhoneNumber}` },
      {},
      {},
      { share: "yes" },
      {},
      {},
    ];
    for (const fields of answers) {
      titles.push((await walk.answer(fields)).title);
    }
    expect(titles).toEqual([
      "Log in with Facebook",
      "Choose an asset group",
      "Choose a WhatsApp account",
      "Enter the number",
      "Scan the QR code",
      "On the phone",
      "Share the chat history?",
      "Confirm the account",
      "Connecting the account",
      "The account is connected",
    ]);
  });

  it("ends with its WABA alone, and with a code that is good for it", async () => {
    const simulator = await start();
    const shop = simulator.createBusiness();
    const walk = await PopupWalk.open(simulator);
    await walk.connectApp(shop.displayPhoneNumber);
    const { plan } = await walk.press("finish");

    const code = codeIn(plan?.now);
    expect(dataOf(plan?.now)).toEqual([
      {
        type: "WA_EMBEDDED_SIGNUP",
        event: "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING",
        version: 3,
        data: { waba_id: shop.wabaId },
      },
      { type: "tandem_simulator_login", callback: "call-1", code },
    ]);
    const { body } = await exchange(simulator, code);
    const token = String(body.access_token);
    expect(await call(simulator, "GET", `/${shop.wabaId}`, { token })).toMatchObject({
      status: 200,
    });
  });

  it("gives a code whose 30 seconds begin when the page gets it", async () => {
    const simulator = await start();
    const shop = simulator.createBusiness();
    const walk = await PopupWalk.open(simulator);
    await walk.connectApp(shop.displayPhoneNumber);
    simulator.advance(60_000);
    const finished = await walk.press("finish");
    expect(await exchange(simulator, codeIn(finished.plan?.now))).toMatchObject({ status: 200 });
  });

  it("counts as connected when the window is closed on the last screen", async () => {
    const simulator = await start();
    const shop = simulator.createBusiness();
    const walk = await PopupWalk.open(simulator);
    const { plan } = await walk.connectApp(shop.displayPhoneNumber);
    simulator.advance(60_000);
    await walk.press("hand-over");

    expect(dataOf(plan?.onLeave)[0]).toMatchObject({
      event: "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING",
    });
    expect(await exchange(simulator, codeIn(plan?.onLeave))).toMatchObject({ status: 200 });
  });

  it("can be one of the simulator's businesses only, and of the asset group chosen", async () => {
    const simulator = await start();
    const [mine, other] = [simulator.createBusiness(), simulator.createBusiness()];
    const plain = simulator.createBusiness({ isOnBizApp: false });
    const walk = await PopupWalk.open(simulator);
    await walk.answer();
    expect((await walk.answer({ assets: "219999999999999" })).text).toContain("Choose an asset");
    await walk.answer({ assets: mine.wabaId });
    expect((await walk.answer({ branch: "somewhere" })).text).toContain("Choose how to go on");
    await walk.answer({ branch: "app" });

    const unknown = await walk.answer({ phone: "+1 201 555 0123" });
    expect(unknown).toMatchObject({ status: 422, title: "Enter the number" });
    expect(unknown.text).toContain("No account of the WhatsApp Business app");
    expect((await walk.answer({ phone: plain.displayPhoneNumber })).text).toContain("No account");
    expect((await walk.answer({ phone: other.displayPhoneNumber })).text).toContain(
      "another asset group",
    );
    expect((await walk.answer({ phone: mine.displayPhoneNumber })).title).toBe("Scan the QR code");
  });

  it("is asked for its code once more where that is set", async () => {
    const simulator = await start();
    simulator.setPopup({ scansAgain: true });
    const shop = simulator.createBusiness();
    const walk = await PopupWalk.open(simulator);
    await walk.connectApp(shop.displayPhoneNumber);
    expect(walk.screen.title).toBe("Connecting the account");
    expect((await walk.answer()).title).toBe("The account is connected");
  });

  it("does not move on by an answer to a screen that is past", async () => {
    const simulator = await start();
    const walk = await PopupWalk.open(simulator);
    await walk.answer();
    expect((await walk.answer({ step: "login" })).title).toBe("Choose an asset group");
  });

  it("tells no history when the owner does not share it, and all of it when they do later", async () => {
    const connected = await connect({ history: "small" });
    const { simulator, business, door, token } = connected;
    const sync = async () => {
      const json = { messaging_product: "whatsapp", sync_type: "history" };
      await call(simulator, "POST", `/${business.phoneNumberId}/smb_app_data`, { token, json });
      await simulator.idle();
    };
    await (await PopupWalk.open(simulator)).connectApp(business.displayPhoneNumber, "no");
    expect([...simulator.historyWamids(business)]).toEqual([]);
    await sync();
    expect(itemsOf(door, "history", "history")).toEqual([
      { errors: [expect.objectContaining({ code: 2593109 })] },
    ]);

    door.taken.length = 0;
    await (await PopupWalk.open(simulator)).connectApp(business.displayPhoneNumber, "yes");
    await sync();
    const items = itemsOf(door, "history", "history");
    expect(items.length).toBeGreaterThan(0);
    expect(items.filter((item) => "errors" in item)).toEqual([]);
  });
});

describe("the wrong branch (protocol.md 1.3)", () => {
  it("ends with FINISH and its ids where a new number was added, which is not on the app", async () => {
    const simulator = await start();
    const walk = await PopupWalk.open(simulator);
    await walk.answer();
    await walk.answer({ assets: "new" });
    await walk.answer({ branch: "number" });
    expect((await walk.answer({ name: " " })).status).toBe(422);
    await walk.answer({ name: "Fern & Co" });
    expect((await walk.answer({ phone: "123" })).status).toBe(422);
    await walk.answer({ phone: "+1 201 555 0111" });
    await walk.answer();
    await walk.answer();
    const { plan } = await walk.press("finish");

    const [message] = dataOf(plan?.now) as [{ event: string; data: Record<string, string> }];
    const made = simulator.business(message.data.waba_id ?? "");
    expect(message).toEqual({
      type: "WA_EMBEDDED_SIGNUP",
      event: "FINISH",
      version: 3,
      data: {
        waba_id: made?.wabaId,
        phone_number_id: made?.phoneNumberId,
        business_id: made?.portfolioId,
      },
    });
    expect(made).toMatchObject({ isOnBizApp: false, displayPhoneNumber: "12015550111" });
    expect(await exchange(simulator, codeIn(plan?.now))).toMatchObject({ status: 200 });
  });

  it("takes no number that is used already", async () => {
    const simulator = await start();
    const shop = simulator.createBusiness();
    const walk = await PopupWalk.open(simulator);
    await walk.answer();
    await walk.answer({ assets: "new" });
    await walk.answer({ branch: "number" });
    await walk.answer({ name: "Fern & Co" });
    expect((await walk.answer({ phone: shop.displayPhoneNumber })).text).toContain("used on");
  });

  it("ends with FINISH_ONLY_WABA where no number was added", async () => {
    const simulator = await start();
    const walk = await PopupWalk.open(simulator);
    await walk.answer();
    await walk.answer({ assets: "new" });
    await walk.answer({ branch: "none" });
    await walk.answer({ name: "Fern & Co" });
    await walk.answer();
    await walk.answer();
    const { plan } = await walk.press("finish");
    expect(dataOf(plan?.now)[0]).toEqual({
      type: "WA_EMBEDDED_SIGNUP",
      event: "FINISH_ONLY_WABA",
      version: 3,
      data: { waba_id: expect.any(String), business_id: expect.any(String) },
    });
  });
});

describe("a signup that its owner leaves (protocol.md 1.3)", () => {
  it("says nothing but that nobody logged in, before the login", async () => {
    const walk = await PopupWalk.open(await start());
    expect(walk.screen.plan?.onLeave).toEqual([
      {
        from: "meta",
        afterMs: 0,
        data: { type: "tandem_simulator_login", callback: "call-1", code: null },
      },
    ]);
  });

  it("names the step of every screen, by the window's own button and by ours", async () => {
    const simulator = await start();
    const shop = simulator.createBusiness();
    const steps: string[] = [];
    const note = (walk: PopupWalk) => {
      const [message] = dataOf(walk.screen.plan?.onLeave) as [
        { event: string; data: { current_step: string } },
      ];
      expect(message.event).toBe("CANCEL");
      steps.push(message.data.current_step);
    };
    const walk = await PopupWalk.open(simulator);
    const answers: Record<string, string>[] = [
      {},
      { assets: "new" },
      { branch: "app" },
      { phone: shop.displayPhoneNumber },
      {},
      {},
      { share: "no" },
      {},
    ];
    for (const fields of answers) {
      await walk.answer(fields);
      note(walk);
    }
    expect(steps).toEqual([
      "BUSINESS_ACCOUNT_SELECTION",
      "WABA_PHONE_PROFILE_PICKER",
      "PHONE_NUMBER_SETUP",
      "PHONE_NUMBER_VERIFICATION",
      "PHONE_NUMBER_VERIFICATION",
      "PERMISSIONS",
      "PERMISSIONS",
      "PERMISSIONS",
    ]);
    const { onLeave } = walk.screen.plan ?? {};
    expect((await walk.press("leave")).plan?.now).toEqual(onLeave);
    expect((await walk.answer()).status).toBe(404);
  });

  it("has a step for the profile of the other branches", async () => {
    const walk = await PopupWalk.open(await start());
    await walk.answer();
    await walk.answer({ assets: "new" });
    await walk.answer({ branch: "none" });
    expect(dataOf(walk.screen.plan?.onLeave)[0]).toMatchObject({
      data: { current_step: "WHATSAPP_BUSINESS_PROFILE_SETUP" },
    });
  });

  it.each(CURRENT_STEPS)("says %s wherever it is told to", async (cancelStep) => {
    const simulator = await start();
    simulator.setPopup({ cancelStep });
    const walk = await PopupWalk.open(simulator);
    await walk.answer();
    const { plan } = await walk.press("leave");
    expect(dataOf(plan?.now)).toEqual([
      {
        type: "WA_EMBEDDED_SIGNUP",
        event: "CANCEL",
        version: 3,
        data: { current_step: cancelStep },
      },
      { type: "tandem_simulator_login", callback: "call-1", code: null },
    ]);
  });

  it("carries code, session and second of a problem that was reported", async () => {
    const simulator = await start();
    simulator.setPopup({ report: { code: "2655", sessionId: "s-77", message: "It broke off" } });
    const walk = await PopupWalk.open(simulator);
    await walk.answer();
    const { plan } = await walk.press("report");
    expect(dataOf(plan?.now)[0]).toEqual({
      type: "WA_EMBEDDED_SIGNUP",
      event: "CANCEL",
      version: 3,
      data: {
        error_message: "It broke off",
        error_code: "2655",
        session_id: "s-77",
        timestamp: expect.stringMatching(/^\d{10}$/),
      },
    });
  });

  it("can say it as the older edition does, and as an ERROR", async () => {
    const simulator = await start();
    simulator.setPopup({ report: { event: "ERROR", codeField: "error_id" } });
    const walk = await PopupWalk.open(simulator);
    const { plan } = await walk.press("report");
    expect(dataOf(plan?.now)[0]).toMatchObject({ event: "ERROR", data: { error_id: "524126" } });
    expect(dataOf(plan?.now)[0]).not.toHaveProperty("data.error_code");
  });
});

describe("how a popup tells its page", () => {
  /** What is said at the end of a whole signup. */
  async function tellingOf(
    behaviour: Parameters<Awaited<ReturnType<typeof start>>["setPopup"]>[0],
  ) {
    const simulator = await start();
    simulator.setPopup(behaviour);
    const shop = simulator.createBusiness();
    const walk = await PopupWalk.open(simulator);
    await walk.connectApp(shop.displayPhoneNumber);
    return { simulator, shop, screen: await walk.press("finish") };
  }
  const kindOf = ({ data }: Delivery) =>
    (typeof data === "string" ? (JSON.parse(data) as { type: string }) : (data as { type: string }))
      .type;

  it("sends to the origin of the page and to no other", async () => {
    const walk = await PopupWalk.open(await start());
    expect(walk.screen.plan?.origin).toBe("https://page.test");
  });

  it.each(["message", "callback"] as const)(
    "says the %s first where that is set",
    async (first) => {
      const { screen } = await tellingOf({ first, gapMs: 40 });
      const order = screen.plan?.now?.map((delivery) => [kindOf(delivery), delivery.afterMs]);
      const [message, login] = ["WA_EMBEDDED_SIGNUP", "tandem_simulator_login"];
      expect(order).toEqual(
        first === "message"
          ? [
              [message, 0],
              [login, 40],
            ]
          : [
              [login, 0],
              [message, 40],
            ],
      );
    },
  );

  it("writes its message as a string where that is set", async () => {
    const { screen, shop } = await tellingOf({ data: "string" });
    const [first] = dataOf(screen.plan?.now);
    expect(typeof first).toBe("string");
    expect(JSON.parse(String(first))).toMatchObject({ data: { waba_id: shop.wabaId } });
  });

  it("mixes in what Facebook's own frames say", async () => {
    const { screen } = await tellingOf({ foreign: true });
    const said = dataOf(screen.plan?.now);
    expect(said.length).toBeGreaterThan(10);
    expect(said).toContain(null);
    expect(said).toContain("{not quite json");
    expect(said.slice(-1)).toEqual([7]);
  });

  it("lets another origin forge a message before the true one", async () => {
    const { screen, shop } = await tellingOf({ forgedWabaId: "219999999999999" });
    expect(screen.plan?.now?.[0]).toMatchObject({
      from: "elsewhere",
      data: { data: { waba_id: "219999999999999" } },
    });
    expect(screen.plan?.now?.[1]).toMatchObject({
      from: "meta",
      data: { data: { waba_id: shop.wabaId } },
    });
  });

  it("names another WABA than the code's where that is set", async () => {
    const { screen } = await tellingOf({ namedWabaId: "219999999999999" });
    expect(dataOf(screen.plan?.now)[0]).toMatchObject({ data: { waba_id: "219999999999999" } });
  });

  it.each([
    ["message", ["WA_EMBEDDED_SIGNUP"]],
    ["callback", ["tandem_simulator_login"]],
  ] as const)("says the %s alone where the other is lost", async (tells, kinds) => {
    const { screen } = await tellingOf({ tells });
    expect(screen.plan?.now?.map(kindOf)).toEqual(kinds);
  });

  it("stays open and silent where it is to never answer", async () => {
    const { screen } = await tellingOf({ tells: "nothing" });
    expect(screen).toMatchObject({
      title: "Meta does not answer",
      plan: { now: null, onLeave: [] },
    });
  });

  it("hands over a code that is too old where that is set", async () => {
    const { simulator, screen } = await tellingOf({ codeAgeMs: 31_000 });
    expect(await exchange(simulator, codeIn(screen.plan?.now))).toMatchObject({
      body: { error: { error_subcode: 36007 } },
    });
  });

  it("behaves for one page as that page's SDK address says", async () => {
    const simulator = await start();
    simulator.setPopup({ cancelStep: "PERMISSIONS", data: "string" });
    const walk = await PopupWalk.open(simulator, { play: JSON.stringify({ data: "object" }) });
    await walk.answer();
    expect(dataOf(walk.screen.plan?.onLeave)[0]).toMatchObject({
      data: { current_step: "PERMISSIONS" },
    });
  });

  it("is set by the control API too, which refuses what it does not know", async () => {
    const simulator = await start();
    const set = (body: unknown) =>
      fetch(`${simulator.url}/_sim/popup`, { method: "POST", body: JSON.stringify(body) });
    expect(await (await set({ first: "callback" })).json()).toMatchObject({
      first: "callback",
      tells: "both",
    });
    expect((await set({ order: "callback" })).status).toBe(400);
  });

  it("serves an SDK that knows where it comes from", async () => {
    const simulator = await start();
    const response = await fetch(`${simulator.url}/sdk.js`);
    expect(response.headers.get("content-type")).toMatch(/javascript/);
    const text = await response.text();
    expect(text).toContain(`"origin":"${simulator.url}"`);
    expect(text).not.toContain("SIMULATOR_SETTINGS");
  });
});

describe("a WABA with several numbers", () => {
  it("lists each of them, and is connected by any", async () => {
    const simulator = await start();
    const first = simulator.createBusiness({ verifiedName: "Fern & Co" });
    const { wabaId } = first;
    const second = simulator.createBusiness({ wabaId, verifiedName: "Fern & Co, harbour" });
    expect(second.displayPhoneNumber).not.toBe(first.displayPhoneNumber);

    const walk = await PopupWalk.open(simulator);
    await walk.connectApp(second.displayPhoneNumber);
    const { plan } = await walk.press("finish");
    expect(dataOf(plan?.now)[0]).toMatchObject({ data: { waba_id: wabaId } });
    const { body } = await exchange(simulator, codeIn(plan?.now));
    const token = String(body.access_token);
    const { body: list } = await call(
      simulator,
      "GET",
      `/${wabaId}/phone_numbers?fields=id,verified_name`,
      { token },
    );
    expect(list.data).toEqual([
      { id: first.phoneNumberId, verified_name: "Fern & Co" },
      { id: second.phoneNumberId, verified_name: "Fern & Co, harbour" },
    ]);
    const sync = { messaging_product: "whatsapp", sync_type: "history" };
    expect(
      await call(simulator, "POST", `/${second.phoneNumberId}/smb_app_data`, { token, json: sync }),
    ).toMatchObject({ status: 200 });
  });
});
