import { asArray, asObject, asObjects, asText } from "./read-json.ts";
import { judgeSendError } from "./graph-errors.ts";
import type { ErrorEffect } from "./graph-errors.ts";
import { relayCall } from "./graph-http.ts";
import { jsonBody, listAll, requestGraph } from "./graph-request.ts";
import { ConversionCalls } from "./conversion-calls.ts";
import { SetupCalls } from "./setup-calls.ts";
import { openMediaUrl, uploadMedia } from "./media-transfer.ts";
import type { GraphCall, GraphOptions, Relayed } from "./graph-http.ts";
import type { Failed, GraphResult, RequestOptions } from "./graph-request.ts";
import type { MediaFile, Upload } from "./media-transfer.ts";
import type { Json } from "./read-json.ts";

const TIMEOUT_MS = 30_000;

export { isLostAccess } from "./graph-request.ts";
export type { Failed, GraphResult } from "./graph-request.ts";

/** What a send came to, as Graph told it. */
export type SendResult =
  | { state: "accepted"; wamid: string; answer: Json }
  | { state: "refused"; status: number; error: Json; effect: ErrorEffect }
  | { state: "retriable"; status: number; error: Json; scope: "number" | "customer" }
  | { state: "unknown"; why: string };

export interface WabaAccount {
  name: string | null;
  currency: string | null;
  /** A number of Meta's own table (timezone-ids.ts). */
  timezoneId: string | null;
  country: string | null;
}

/** What Meta says of a token (protocol.md 1.5). */
export interface TokenDebug {
  /** Valid, and given to our app. */
  valid: boolean;
  /** Whose app it was given to. */
  ours: boolean;
  /** Newest first. */
  wabaIds: string[];
  scopes: string[];
  /** Epoch ms; null: it does not expire. */
  expiresAt: number | null;
}

export interface ListedNumber {
  id: string;
  displayPhoneNumber: string;
  verifiedName: string | undefined;
}

/** What Meta writes of a number that is not on Cloud API any more, or not now (protocol.md 1.8). */
const OFF_STATUSES = new Set(["DISCONNECTED", "DELETED", "MIGRATED"]);

/** The Graph calls that Tandem makes; one `request`, no retries of its own. */
export class GraphClient {
  readonly #options: GraphOptions;
  /** What is asked around an onboarding: webhooks, credit line, time zone. */
  readonly setup: SetupCalls;
  /** What is reported of customers who came by an ad. */
  readonly conversions: ConversionCalls;

  constructor(options: GraphOptions) {
    this.#options = options;
    this.setup = new SetupCalls(options);
    this.conversions = new ConversionCalls(options);
  }

  /** Sends a message body as it is. Never sent twice from here: an unknown answer stays unknown. */
  async sendMessage(token: string, phoneNumberId: string, body: Json): Promise<SendResult> {
    const result = await this.#request("POST", `${phoneNumberId}/messages`, { token, body });
    switch (result.kind) {
      case "ok": {
        const wamid = asText(asObjects(result.body["messages"])[0]?.["id"]);
        if (wamid === undefined) return { state: "unknown", why: "answer_without_id" };
        return { state: "accepted", wamid, answer: result.body };
      }
      case "unknown":
        return { state: "unknown", why: result.why };
      case "error": {
        const { status, error } = result;
        const { verdict, effect } = judgeSendError(status, error);
        switch (verdict) {
          case "unknown":
            return { state: "unknown", why: `http_${status}` };
          case "refused":
            return { state: "refused", status, error, effect };
          case "number_too_fast":
            return { state: "retriable", status, error, scope: "number" };
          case "customer_too_fast":
            return { state: "retriable", status, error, scope: "customer" };
        }
      }
    }
  }

  /** Anything else that goes to /messages: read marks, typing. Safe to repeat. */
  postMessages(token: string, phoneNumberId: string, body: Json): Promise<GraphResult> {
    return this.#request("POST", `${phoneNumberId}/messages`, { token, body });
  }

  /** The code is single use and lives 30 s (protocol.md 1.4): an unclear answer has spent it. */
  async exchangeCode(code: string): Promise<{ token: string } | Failed> {
    const query = {
      client_id: this.#options.appId,
      client_secret: this.#options.appSecret,
      code,
    };
    const result = await this.#request("GET", "oauth/access_token", { query });
    const token = result.kind === "ok" ? asText(result.body["access_token"]) : undefined;
    return token === undefined ? { failed: result } : { token };
  }

  /** Whether a token is ours, valid, and which WABAs it covers (protocol.md 1.5). */
  async debugToken(token: string): Promise<TokenDebug | Failed> {
    const result = await this.#request("GET", "debug_token", {
      token: `${this.#options.appId}|${this.#options.appSecret}`,
      query: { input_token: token },
    });
    if (result.kind !== "ok") return { failed: result };
    const data = asObject(result.body["data"]) ?? {};
    const wabaIds = asObjects(data["granular_scopes"]).flatMap((scope) =>
      asArray(scope["target_ids"]).flatMap((id) => asText(id) ?? []),
    );
    const ours = asText(data["app_id"]) === this.#options.appId;
    const expiresAt = Number(asText(data["expires_at"]) ?? 0);
    return {
      valid: data["is_valid"] === true && ours,
      ours,
      wabaIds: [...new Set(wabaIds)],
      scopes: asArray(data["scopes"]).flatMap((scope) => asText(scope) ?? []),
      expiresAt: expiresAt > 0 ? expiresAt * 1_000 : null,
    };
  }

  /**
   * The WABA's numbers that live on the phone app and on Cloud API both, and how many others it
   * lists (protocol.md 1.8).
   */
  async listCoexistenceNumbers(
    token: string,
    wabaId: string,
  ): Promise<{ numbers: ListedNumber[]; others: number } | Failed> {
    const listed = await listAll(this.#options, `${wabaId}/phone_numbers`, {
      token,
      query: { fields: "id,display_phone_number,verified_name" },
    });
    if ("failed" in listed) return listed;
    const numbers: ListedNumber[] = [];
    for (const entry of listed) {
      const id = asText(entry["id"]);
      if (id === undefined) continue;
      const node = await this.#request("GET", id, {
        token,
        query: { fields: "is_on_biz_app,platform_type" },
      });
      if (node.kind !== "ok") return { failed: node };
      if (node.body["is_on_biz_app"] !== true || node.body["platform_type"] !== "CLOUD_API")
        continue;
      numbers.push({
        id,
        displayPhoneNumber: asText(entry["display_phone_number"]) ?? "",
        verifiedName: asText(entry["verified_name"]),
      });
    }
    return { numbers, others: listed.length - numbers.length };
  }

  /** Name, currency and zone of an account; also the proof that we can still see it. */
  async readWaba(token: string, wabaId: string): Promise<{ account: WabaAccount } | Failed> {
    const result = await this.#request("GET", wabaId, {
      token,
      query: {
        fields: "id,name,currency,timezone_id,country",
      },
    });
    if (result.kind !== "ok") return { failed: result };
    return {
      account: {
        name: asText(result.body["name"]) ?? null,
        currency: asText(result.body["currency"]) ?? null,
        timezoneId: asText(result.body["timezone_id"]) ?? null,
        country: asText(result.body["country"]) ?? null,
      },
    };
  }

  /**
   * Whether Meta says that this number may send: its health_status sums number, WABA, business and
   * app up (protocol.md 1.8).
   */
  async readHealth(token: string, phoneNumberId: string): Promise<{ canSend: boolean } | Failed> {
    const result = await this.#request("GET", phoneNumberId, {
      token,
      query: { fields: "health_status" },
    });
    if (result.kind !== "ok") return { failed: result };
    const health = asText(asObject(result.body["health_status"])?.["can_send_message"]);
    return { canSend: health === "AVAILABLE" || health === "LIMITED" };
  }

  /**
   * Whether Meta has a number as connected to phone app and Cloud API both (protocol.md 1.8). What
   * Meta does not say counts as well.
   */
  async readConnection(
    token: string,
    phoneNumberId: string,
  ): Promise<{ connected: boolean } | Failed> {
    const result = await this.#request("GET", phoneNumberId, {
      token,
      query: { fields: "is_on_biz_app,platform_type,status" },
    });
    if (result.kind !== "ok") return { failed: result };
    const { body } = result;
    const platform = asText(body["platform_type"]) ?? "CLOUD_API";
    const isOff = OFF_STATUSES.has(asText(body["status"]) ?? "");
    return { connected: body["is_on_biz_app"] !== false && platform === "CLOUD_API" && !isOff };
  }

  /** Ends what `subscribe` began, for the whole account (protocol.md 4.1). Repeatable. */
  unsubscribe(token: string, wabaId: string): Promise<GraphResult> {
    return this.#request("DELETE", `${wabaId}/subscribed_apps`, { token });
  }

  /** From its success on, this WABA's webhooks come to us (protocol.md 1.6). Repeatable. */
  subscribe(token: string, wabaId: string): Promise<GraphResult> {
    return this.#request("POST", `${wabaId}/subscribed_apps`, { token });
  }

  /** One shot per kind and onboarding, within 24 h (protocol.md 1.9). Never repeated from here. */
  async requestSync(
    token: string,
    phoneNumberId: string,
    kind: "contacts" | "history",
  ): Promise<{ requestId: string | null } | Failed> {
    const result = await this.#request("POST", `${phoneNumberId}/smb_app_data`, {
      token,
      body: {
        messaging_product: "whatsapp",
        sync_type: kind === "contacts" ? "smb_app_state_sync" : "history",
      },
    });
    return result.kind === "ok"
      ? { requestId: asText(result.body["request_id"]) ?? null }
      : { failed: result };
  }

  /** Passes a partner's own call on; what Graph says to it is for the partner. */
  relay(
    token: string,
    method: GraphCall["method"],
    path: string,
    options: { query?: Iterable<[string, string]>; body?: Json | undefined } = {},
  ): Promise<Relayed> {
    return relayCall(this.#options, {
      method,
      path,
      token,
      query: options.query ?? [],
      ...jsonBody(options.body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }

  /** Streams a multipart upload on. Repeatable: Meta forgets an unused file after 30 days. */
  uploadMedia(token: string, upload: Upload): Promise<Relayed> {
    return uploadMedia(this.#options, token, upload);
  }

  /** Opens a media URL that Graph gave (protocol.md 3.4: it lives 5 min). */
  openMedia(token: string, url: string, wanted: Record<string, string>): Promise<MediaFile> {
    return openMediaUrl(this.#options, token, url, wanted);
  }

  #request(
    method: GraphCall["method"],
    path: string,
    options: RequestOptions,
  ): Promise<GraphResult> {
    return requestGraph(this.#options, method, path, options);
  }
}
