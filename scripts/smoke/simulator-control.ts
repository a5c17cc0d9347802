export interface SmokeBusiness {
  wabaId: string;
  phoneNumberId: string;
  displayPhoneNumber: string;
  customers: { phone: string }[];
}

export interface Ledger {
  sends: { maxArrivalsIn1s: number };
  detail: { sends: { bizOpaqueCallbackData?: string; phoneNumberId: string }[] };
}

/** The simulator as another process sees it, by its control API (simulator/README.md). */
export class SimulatorControl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url.replace(/\/$/, "");
  }

  createBusiness(input: Record<string, unknown>): Promise<SmokeBusiness> {
    return this.#call("POST", "/_sim/businesses", input);
  }

  /** @returns the code that the popup hands over; it lives 30 s */
  async issueCode({ wabaId }: SmokeBusiness): Promise<string> {
    const { code } = await this.#call<{ code: string }>(
      "POST",
      `/_sim/businesses/${wabaId}/code`,
      {},
    );
    return code;
  }

  async issueToken({ wabaId }: SmokeBusiness): Promise<string> {
    const { token } = await this.#call<{ token: string }>(
      "POST",
      `/_sim/businesses/${wabaId}/token`,
      {},
    );
    return token;
  }

  openWindow({ wabaId }: SmokeBusiness, customer: string): Promise<unknown> {
    return this.#call("POST", `/_sim/businesses/${wabaId}/open-window`, { customer });
  }

  /** As the app's owner would: from then on this account's webhooks are delivered. */
  async subscribe({ wabaId }: SmokeBusiness, token: string): Promise<void> {
    const response = await fetch(`${this.#url}/v24.0/${wabaId}/subscribed_apps`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    if (!response.ok) throw new Error(`The simulator refused the subscription: ${response.status}`);
  }

  /** Where webhooks go; without a token as it was started. */
  async setWebhook(url: string, verifyToken: string | undefined): Promise<void> {
    if (verifyToken !== undefined) {
      await this.#call("POST", "/_sim/webhook-url", { url, verifyToken });
    }
    const verified = await this.#call<{ ok: boolean; problem?: string }>(
      "POST",
      "/_sim/verify-webhook",
      {},
    );
    if (!verified.ok) {
      throw new Error(
        `The simulator could not verify ${url} (${verified.problem}). It needs --webhook-url and ` +
          "--verify-token as the gateway has them, and its --app-secret; or give --verify-token here.",
      );
    }
  }

  ledger(): Promise<Ledger> {
    return this.#call("GET", "/_sim/ledger?detail=1");
  }

  /** What an importer must end up with. */
  async historyWamids({ wabaId }: SmokeBusiness): Promise<string[]> {
    const response = await fetch(`${this.#url}/_sim/businesses/${wabaId}/history-wamids`);
    const lines = (await response.text()).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as string);
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    let response: Response;
    try {
      response = await fetch(`${this.#url}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (err) {
      throw new Error(`No simulator answers at ${this.#url}. Is --simulator its address?`, {
        cause: err,
      });
    }
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}
