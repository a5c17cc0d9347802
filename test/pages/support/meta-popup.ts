import type { Page } from "playwright-core";

/** A screen of Meta's popup, by its heading. */
export type PopupScreen =
  | "Log in with Facebook"
  | "Choose an asset group"
  | "Choose a WhatsApp account"
  | "Describe the business"
  | "Enter the number"
  | "Scan the QR code"
  | "On the phone"
  | "Share the chat history?"
  | "Confirm the account"
  | "The account is connected";

export interface Answers {
  /** With its country code; the asset group's own number unless told. */
  number?: string;
  /** Name of the asset group; a new one unless told. */
  assets?: string;
  branch?: "Connect the WhatsApp Business app" | "Add a new number" | "Add no number now";
  share?: boolean;
}

/** The popup that `action` opens. */
export async function popupOf(page: Page, action: () => Promise<void>): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent("popup"), action()]);
  await popup.waitForLoadState();
  return popup;
}

/**
 * Goes through Meta's screens as an owner does, up to the one named, which stays unanswered.
 *
 * @throws Error when a screen does not come
 */
export async function goThroughPopup(
  popup: Page,
  upTo: PopupScreen,
  answers: Answers = {},
): Promise<void> {
  for (;;) {
    const heading = popup.getByRole("heading", { level: 1 });
    const screen = (await heading.textContent())?.trim() as PopupScreen;
    if (screen === upTo) return;
    await answerScreen(popup, screen, answers);
    await popup.getByRole("heading", { level: 1, name: screen, exact: true }).waitFor({
      state: "detached",
    });
  }
}

/** All of it: the window closes at the end. */
export async function finishPopup(popup: Page, answers: Answers = {}): Promise<void> {
  await goThroughPopup(popup, "The account is connected", answers);
  await closeBy(popup, () => popup.getByRole("button", { name: "Finish" }).click());
}

/** Does something that ends the popup, and waits until its window is gone. */
export async function closeBy(popup: Page, action: () => Promise<void>): Promise<void> {
  await Promise.all([popup.isClosed() ? undefined : popup.waitForEvent("close"), action()]);
}

async function answerScreen(popup: Page, screen: string, answers: Answers): Promise<void> {
  const press = (name: string) => popup.getByRole("button", { name, exact: true }).click();
  const pick = (name: string) => popup.getByRole("radio", { name, exact: true }).check();
  switch (screen) {
    case "Log in with Facebook":
      return press("Continue");
    case "Choose an asset group":
      await pick(answers.assets ?? "Create a new asset group");
      return press("Next");
    case "Choose a WhatsApp account":
      await pick(answers.branch ?? "Connect the WhatsApp Business app");
      return press("Next");
    case "Describe the business":
      await popup.getByRole("textbox", { name: "Business name" }).fill("Fern & Co");
      return press("Next");
    case "Enter the number":
      if (answers.number !== undefined) {
        await popup.getByRole("textbox", { name: /Phone number/ }).fill(answers.number);
      }
      return press("Next");
    case "Scan the QR code":
    case "Scan the QR code once more":
      return press("As if scanned");
    case "On the phone":
      return press("Connect to the Business Platform");
    case "Share the chat history?":
      return press(answers.share === false ? "Do not share" : "Share history");
    case "Confirm the account":
      return press("Confirm");
    case "Connecting the account":
      return; // it goes on by itself
    default:
      throw new Error(`Meta's popup shows "${screen}", which nobody knows how to answer.`);
  }
}
