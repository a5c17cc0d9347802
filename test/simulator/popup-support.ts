import type { Simulator } from "../../simulator/simulator.ts";
import type { Delivery } from "../../simulator/popup/plan-deliveries.ts";

/** Where the page that opens a popup stands, in these tests. */
export const PAGE = "https://page.test";

export type Screen = {
  status: number;
  title: string;
  text: string;
  plan: { origin: string; now: Delivery[] | null; onLeave: Delivery[] } | null;
};

/** A popup clicked through without a browser: forms are posted, the plan of its script is read. */
export class PopupWalk {
  #url: string;
  #step = "";
  screen: Screen = { status: 0, title: "", text: "", plan: null };

  private constructor(url: string) {
    this.#url = url;
  }

  /** Opens it as `FB.login` does; `options` over what the SDK passes on. */
  static async open(simulator: Simulator, options: Record<string, string> = {}) {
    const query = new URLSearchParams({ ...LAUNCH, ...options });
    const walk = new PopupWalk(`${simulator.url}/popup?${query}`);
    await walk.#take(await fetch(walk.#url));
    return walk;
  }

  /** Answers the screen that is up. */
  async answer(fields: Record<string, string> = {}): Promise<Screen> {
    return this.#post("", { step: this.#step, ...fields });
  }

  /** To the last screen of the way for a number of the app. */
  async connectApp(number: string, share: "yes" | "no" = "yes"): Promise<Screen> {
    await this.answer();
    await this.answer({ assets: "new" });
    await this.answer({ branch: "app" });
    await this.answer({ phone: number });
    await this.answer();
    await this.answer();
    await this.answer({ share });
    await this.answer();
    return this.answer();
  }

  press(button: "finish" | "leave" | "report" | "hand-over"): Promise<Screen> {
    return this.#post(`/${button}`, {});
  }

  async #post(ending: string, fields: Record<string, string>): Promise<Screen> {
    const body = new URLSearchParams(fields);
    const response = await fetch(`${this.#url}${ending}`, { method: "POST", body });
    return this.#take(response, ending !== "");
  }

  async #take(response: Response, isEnding = false): Promise<Screen> {
    const html = await response.text();
    if (!isEnding) this.#url = response.url;
    const plan = /id="plan">\s*(.*?)\s*<\/script>/s.exec(html)?.[1];
    this.#step = /name="step" value="(\w+)"/.exec(html)?.[1] ?? "";
    this.screen = {
      status: response.status,
      title: /<h1>(.*?)<\/h1>/s.exec(html)?.[1]?.trim() ?? "",
      text: html,
      plan: plan === undefined ? null : (JSON.parse(plan) as NonNullable<Screen["plan"]>),
    };
    return this.screen;
  }
}

const LAUNCH = {
  app_id: "510000000000001",
  config_id: "610000000000001",
  response_type: "code",
  override_default_response_type: "true",
  extras: JSON.stringify({
    setup: {},
    featureType: "whatsapp_business_app_onboarding",
    sessionInfoVersion: "3",
  }),
  origin: PAGE,
  callback: "call-1",
};
