import type { Page } from "playwright-core";
import type { World } from "../../../scripts/demo/world.ts";
import type { Business } from "../../../simulator/simulator.ts";
import { finishPopup, popupOf } from "./meta-popup.ts";
import type { Answers } from "./meta-popup.ts";

/** A signup session as its partner reads it. */
export interface SessionView {
  id: string;
  state: string;
  trail?: { popup?: string; step?: string | null; code?: string | null }[] | null;
  error?: { step: string; code?: string; detail: string } | null;
}

/** The owner of a shop, at the page of a signup; finds things as a screen reader names them. */
export class Owner {
  readonly page: Page;
  readonly sessionId: string;
  readonly #world: World;

  private constructor(world: World, page: Page, sessionId: string) {
    this.#world = world;
    this.page = page;
    this.sessionId = sessionId;
  }

  /** Opens the link that a partner sends. @param session what it is for; a new number unless told */
  static async follow(
    world: World,
    page: Page,
    session: Record<string, string> = { external_id: "a-shop" },
  ): Promise<Owner> {
    const { id, url } = await world.partner.post<{ id: string; url: string }>(
      "/v1/signup-sessions",
      session,
    );
    await page.goto(url);
    return new Owner(world, page, id);
  }

  /** Enters the number and ticks what is asked for, so that Meta's window can be opened. */
  async getReady(business: Business): Promise<void> {
    await this.enterNumber(`+${business.displayPhoneNumber}`);
    await this.heading("Get ready, then open Meta’s window").waitFor();
    await this.tickAll();
  }

  async enterNumber(number: string): Promise<void> {
    await this.page
      .getByRole("textbox", { name: "Number of your WhatsApp Business app" })
      .fill(number);
    await this.page.getByRole("button", { name: "Check this number" }).click();
  }

  async tickAll(): Promise<void> {
    for (const box of await this.page.getByRole("checkbox").all()) await box.check();
  }

  /** Meta's window, by the page's button. */
  openPopup(): Promise<Page> {
    const button = this.page.getByRole("button", {
      name: /^(Continue with Facebook|Open Meta’s window again)$/,
    });
    return popupOf(this.page, () => button.first().click());
  }

  /** All of Meta's window, with the business's number. */
  async goThroughMeta(business: Business, answers: Answers = {}): Promise<void> {
    const popup = await this.openPopup();
    await finishPopup(popup, { number: `+${business.displayPhoneNumber}`, ...answers });
  }

  /** From the link to the account that Meta gave. */
  async reachConfirmation(business: Business, answers: Answers = {}): Promise<void> {
    await this.getReady(business);
    await this.goThroughMeta(business, answers);
    await this.heading("Is this your account?").waitFor();
  }

  /** @param zone where the account has none of its own */
  async confirm(zone?: string): Promise<void> {
    const field = this.page.getByRole("combobox", { name: "Time zone" });
    if (zone !== undefined) await field.selectOption(zone);
    await this.page.getByRole("button", { name: "Confirm" }).click();
    await this.heading("Your number is connected").waitFor();
  }

  heading(name: string) {
    return this.page.getByRole("heading", { name, exact: true });
  }

  /** What the page says went wrong. */
  problem(title: string) {
    return this.page.getByRole("alert").filter({ has: this.heading(title) });
  }

  session(): Promise<SessionView> {
    return this.#world.partner.get<SessionView>(`/v1/signup-sessions/${this.sessionId}`);
  }
}
