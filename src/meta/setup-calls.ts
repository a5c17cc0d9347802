import { asArray, asObject, asObjects, asText } from "./read-json.ts";
import { listAll, requestGraph } from "./graph-request.ts";
import type { GraphOptions } from "./graph-http.ts";
import type { Failed, GraphResult } from "./graph-request.ts";

/** Where the app's webhooks go, and which fields are ticked (protocol.md 1.6). */
export interface AppSubscription {
  callbackUrl: string | null;
  active: boolean;
  fields: string[];
}

/** Callbacks that Meta uses for one number, the most special first (protocol.md 1.6). */
export interface NumberCallbacks {
  number: string | null;
  account: string | null;
  app: string | null;
}

/** Graph calls around an onboarding that send nothing: webhooks, credit line, time zone. */
export class SetupCalls {
  readonly #options: GraphOptions;

  constructor(options: GraphOptions) {
    this.#options = options;
  }

  /** The app's own subscription to WhatsApp webhooks; null where there is none (protocol.md 1.6). */
  async readAppSubscription(): Promise<{ subscription: AppSubscription | null } | Failed> {
    const { appId, appSecret } = this.#options;
    const result = await requestGraph(this.#options, "GET", `${appId}/subscriptions`, {
      token: `${appId}|${appSecret}`,
    });
    if (result.kind !== "ok") return { failed: result };
    const entry = asObjects(result.body["data"]).find(
      ({ object }) => object === "whatsapp_business_account",
    );
    if (entry === undefined) return { subscription: null };
    const fields = asArray(entry["fields"]).flatMap(
      (field) => asText(asObject(field)?.["name"]) ?? asText(field) ?? [],
    );
    const callbackUrl = asText(entry["callback_url"]) ?? null;
    return { subscription: { callbackUrl, active: entry["active"] !== false, fields } };
  }

  /** Whether our app gets a WABA's webhooks, and the callback that overrides the app's, if any. */
  async readAccountSubscription(
    token: string,
    wabaId: string,
  ): Promise<{ subscribed: boolean; override: string | null } | Failed> {
    const result = await requestGraph(this.#options, "GET", `${wabaId}/subscribed_apps`, { token });
    if (result.kind !== "ok") return { failed: result };
    // An answer in another shape says nothing.
    if (!Array.isArray(result.body["data"])) return { failed: result };
    const ours = asObjects(result.body["data"]).find(
      (entry) =>
        asText(asObject(entry["whatsapp_business_api_data"])?.["id"]) === this.#options.appId,
    );
    return {
      subscribed: ours !== undefined,
      override: asText(ours?.["override_callback_uri"]) ?? null,
    };
  }

  async readNumberCallbacks(
    token: string,
    phoneNumberId: string,
  ): Promise<{ callbacks: NumberCallbacks } | Failed> {
    const result = await requestGraph(this.#options, "GET", phoneNumberId, {
      token,
      query: { fields: "webhook_configuration" },
    });
    if (result.kind !== "ok") return { failed: result };
    const found = asObject(result.body["webhook_configuration"]);
    if (found === undefined) return { failed: result };
    return {
      callbacks: {
        number: asText(found["phone_number"]) ?? null,
        account: asText(found["whatsapp_business_account"]) ?? null,
        app: asText(found["application"]) ?? null,
      },
    };
  }

  /**
   * Tries to set an account's time zone. Meta documents `timezone_id` as something to read; where it
   * takes no write, its refusal says so.
   */
  writeTimezone(token: string, wabaId: string, timezoneId: string): Promise<GraphResult> {
    const body = { timezone_id: timezoneId };
    return requestGraph(this.#options, "POST", wabaId, { token, body });
  }

  /** Every number of an account, on the phone app or not. */
  async listNumberIds(token: string, wabaId: string): Promise<string[] | Failed> {
    const query = { fields: "id" };
    const listed = await listAll(this.#options, `${wabaId}/phone_numbers`, { token, query });
    return "failed" in listed ? listed : listed.flatMap((entry) => asText(entry["id"]) ?? []);
  }

  /**
   * Shares our credit line with an account and attaches it (protocol.md 1.7). Not known to be
   * repeatable: look with `findAllocation` before another try.
   *
   * @param systemToken of a system user with an admin or finance role
   * @param currency the account's own, ISO 4217
   */
  async shareCredit(
    systemToken: string,
    input: { creditId: string; wabaId: string; currency: string },
  ): Promise<{ allocationConfigId: string } | Failed> {
    const result = await requestGraph(
      this.#options,
      "POST",
      `${input.creditId}/whatsapp_credit_sharing_and_attach`,
      { token: systemToken, query: { waba_currency: input.currency, waba_id: input.wabaId } },
    );
    const id = result.kind === "ok" ? asText(result.body["allocation_config_id"]) : undefined;
    return id === undefined ? { failed: result } : { allocationConfigId: id };
  }

  /** The portion of our line that a portfolio has already, if any (protocol.md 1.7). */
  async findAllocation(
    systemToken: string,
    input: { creditId: string; businessId: string },
  ): Promise<{ allocationConfigId: string | null } | Failed> {
    const result = await requestGraph(
      this.#options,
      "GET",
      `${input.creditId}/owning_credit_allocation_configs`,
      {
        token: systemToken,
        query: { receiving_business_id: input.businessId, fields: "id,receiving_business" },
      },
    );
    if (result.kind !== "ok") return { failed: result };
    return { allocationConfigId: asText(asObjects(result.body["data"])[0]?.["id"]) ?? null };
  }

  /** The credential that an allocation gave an account; it equals the WABA's `primary_funding_id`. */
  async readAllocation(
    systemToken: string,
    allocationConfigId: string,
  ): Promise<{ credentialId: string | null } | Failed> {
    const result = await requestGraph(this.#options, "GET", allocationConfigId, {
      token: systemToken,
      query: { fields: "receiving_credential{id}" },
    });
    if (result.kind !== "ok") return { failed: result };
    const credential = asObject(result.body["receiving_credential"]);
    return { credentialId: asText(credential?.["id"]) ?? null };
  }

  /**
   * Who owns an account, and what pays for it: a credit line, or the owner's own method. Asked apart
   * from the rest of the account (protocol.md 1.8): a token that may not see its money must not lose
   * sight of the account.
   */
  async readFunding(
    token: string,
    wabaId: string,
  ): Promise<{ ownerId: string | null; fundingId: string | null } | Failed> {
    const result = await requestGraph(this.#options, "GET", wabaId, {
      token,
      query: { fields: "owner_business_info,primary_funding_id" },
    });
    if (result.kind !== "ok") return { failed: result };
    return {
      ownerId: asText(asObject(result.body["owner_business_info"])?.["id"]) ?? null,
      fundingId: asText(result.body["primary_funding_id"]) ?? null,
    };
  }

  /** Takes our line back. Repeatable: one that is gone answers 100/33. */
  revokeAllocation(systemToken: string, allocationConfigId: string): Promise<GraphResult> {
    return requestGraph(this.#options, "DELETE", allocationConfigId, { token: systemToken });
  }
}
