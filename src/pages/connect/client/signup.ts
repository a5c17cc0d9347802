import { ask } from "./doors.ts";
import { openLogin } from "./facebook-sdk.ts";
import { isMetaOrigin, readMetaMessage } from "./meta-message.ts";
import type { Doors } from "./doors.ts";
import type { FacebookSdk, LoginResponse } from "./facebook-sdk.ts";
import type { MetaMessage } from "./meta-message.ts";

/** How long a message may come after the login's answer: they arrive in either order. */
const MESSAGE_LATE_MS = 1_200;
/** How long a window may take to come up. */
const FOCUS_MS = 1_000;

/** One walk through Meta's window, told to our doors as it goes. */
export class Signup {
  readonly #doors: Doors;
  readonly #sdkUrl: string;
  readonly #onChange: () => void;
  readonly #onLost: (problem: "offline" | "code_lost") => void;
  #message: MetaMessage | null = null;
  #isCodeSent = false;
  #isOpen = false;
  /** Walks so far: what a walk before says late must not end the one that is open. */
  #walk = 0;

  /**
   * @param options.onChange after each thing that the session took in
   * @param options.onLost when our server could not be told
   */
  constructor(options: {
    doors: Doors;
    sdkUrl: string;
    onChange: () => void;
    onLost: (problem: "offline" | "code_lost") => void;
  }) {
    this.#doors = options.doors;
    this.#sdkUrl = options.sdkUrl;
    this.#onChange = options.onChange;
    this.#onLost = options.onLost;
    window.addEventListener("message", (event) => void this.#take(event));
  }

  /** Whether Meta's window is open, as far as anybody can know. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Opens Meta's window, in the click itself. @returns false when the browser blocked it */
  async open(sdk: FacebookSdk, configId: string): Promise<boolean> {
    this.#message = null;
    this.#isCodeSent = false;
    this.#walk += 1;
    const walk = this.#walk;
    const seen = openLogin(sdk, configId, (response) => void this.#answered(walk, response));
    if (seen === "unseen") await pause(FOCUS_MS);
    // A window that came up has taken the focus from this page.
    this.#isOpen = seen === "opened" || (seen === "unseen" && !document.hasFocus());
    void ask(this.#doors, "event", { kind: this.#isOpen ? "opened" : "blocked" });
    return this.#isOpen;
  }

  async #take(event: MessageEvent): Promise<void> {
    if (!isMetaOrigin(event.origin, this.#sdkUrl)) return;
    const message = readMetaMessage(event.data);
    if (message === null) return;
    this.#message = message;
    // Its window was opened before this page was loaded anew: who waited for the code is gone.
    if (message.kind === "finished" && this.#walk === 0) return this.#loseCode(message);
    // With a code on its way the WABA travels beside it; one that comes later is sent after.
    if (message.kind === "finished" && !this.#isCodeSent) return;
    await this.#tell(message);
  }

  /** The code lives 30 seconds: it goes to the server before anything else is waited for. */
  async #answered(walk: number, response: LoginResponse): Promise<void> {
    const code = response.authResponse?.code;
    if (code === undefined) {
      await pause(MESSAGE_LATE_MS);
      // A blocked window also "ends" without a code.
      if (walk !== this.#walk || (!this.#isOpen && this.#message === null)) return;
      this.#isOpen = false;
      if (this.#message?.kind === "finished") return this.#loseCode(this.#message);
      if (this.#message === null) return this.#tell({ kind: "cancelled" });
      this.#onChange();
      return;
    }
    const message = this.#message;
    // The wrong way through the window: its code would connect nothing, so it stays unspent.
    if (message?.kind === "wrong_branch") {
      this.#isOpen = false;
      this.#onChange();
      return;
    }
    this.#isCodeSent = true;
    const answer = await ask(this.#doors, "finish", {
      code,
      ...(message?.kind === "finished"
        ? {
            ...(message.wabaId === undefined ? {} : { waba_id: message.wabaId }),
            ...(message.phoneNumberId === undefined
              ? {}
              : { phone_number_id: message.phoneNumberId }),
          }
        : {}),
    });
    this.#isOpen = false;
    this.#onChange();
    if (answer.kind !== "ok") this.#onLost("code_lost");
  }

  /** Meta's part is done and its code is nowhere: the owner has to walk through it once more. */
  async #loseCode(message: MetaMessage): Promise<void> {
    await this.#tell(message);
    this.#onLost("code_lost");
  }

  async #tell(message: MetaMessage): Promise<void> {
    const body = {
      kind: message.kind,
      ...("step" in message ? { step: message.step } : {}),
      ...("code" in message ? { code: message.code } : {}),
      ...("metaSession" in message ? { meta_session: message.metaSession } : {}),
      ...("wabaId" in message ? { waba_id: message.wabaId } : {}),
    };
    const answer = await ask(this.#doors, "event", body);
    if (message.kind !== "finished") this.#isOpen = false;
    this.#onChange();
    if (answer.kind === "offline") this.#onLost("offline");
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
