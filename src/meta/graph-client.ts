import { asArray, asObject, asObjects, asText, asTime } from "./read-json.ts";
import { judgeSendError } from "./graph-errors.ts";
import type { ErrorEffect } from "./graph-errors.ts";
import { callGraph, nameOf, relayCall } from "./graph-http.ts";
import { openMediaUrl, uploadMedia } from "./media-transfer.ts";
import type { GraphCall, GraphOptions, Relayed } from "./graph-http.ts";
import type { MediaFile, Upload } from "./media-transfer.ts";
import type { Json } from "./read-json.ts";

const TIMEOUT_MS = 30_000;

/** An answer of Graph, or the lack of one. */
export type GraphResult =
  | { kind: "ok"; body: Json }
  | {
      kind: "error";
      status: number;
      error: Json;
      code: number | undefined;
      subcode: number | undefined;
    }
  /** No answer, or one that is not Graph's: Meta may have acted. */
  | { kind: "unknown"; why: string };

/** What a send came to, as Graph told it. */
export type SendResult =
  | { state: "accepted"; wamid: string; answer: Json }
  | { state: "refused"; status: number; error: Json; effect: ErrorEffect }
  | { state: "retriable"; status: number; error: Json; scope: "number" | "customer" }
  | { state: "unknown"; why: string };

/** A call that did not bring what it was made for. */
export interface Failed {
  failed: GraphResult;
}

/** Whether Graph says that this object is lost to us: gone, or its access revoked. */
export function isLostAccess(result: GraphResult): boolean {
  return result.kind === "error" && result.code === 100 && result.subcode === 33;
}

export interface WabaAccount {
  name: string | null;
  currency: string | null;
  timezoneId: string | null;
  country: string | null;
}

export interface ListedNumber {
  id: string;
  displayPhoneNumber: string;
  verifiedName: string | undefined;
}

export interface DebuggedToken {
  valid: boolean;
  wabaIds: string[];
  /** Epoch ms, or null for one that does not expire. */
  expiresAt: number | null;
}

/** What Meta writes of a number that is not on Cloud API any more, or not now (protocol.md 1.8). */
const OFF_STATUSES = new Set(["DISCONNECTED", "DELETED", "MIGRATED"]);

/** The Graph calls that Tandem makes; one `request`, no retries of its own. */
export class GraphClient {
  readonly #options: GraphOptions;

  constructor(options: GraphOptions) {
    this.#options = options;
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

  /** Whether a token is ours, valid, which WABAs it covers, and until when (protocol.md 1.5). */
  async debugToken(token: string): Promise<DebuggedToken | Failed> {
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
    const expiresAt = asTime(data["expires_at"]) ?? 0;
    return {
      valid: data["is_valid"] === true && ours,
      wabaIds,
      expiresAt: expiresAt === 0 ? null : expiresAt,
    };
  }

  /** The WABA's numbers that live on the phone app and on Cloud API both (protocol.md 1.8). */
  async listCoexistenceNumbers(token: string, wabaId: string): Promise<ListedNumber[] | Failed> {
    const listed = await this.#listAll(`${wabaId}/phone_numbers`, {
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
    return numbers;
  }

  /** Name, currency and zone of an account; also the proof that we can still see it. */
  async readWaba(token: string, wabaId: string): Promise<{ account: WabaAccount } | Failed> {
    const result = await this.#request("GET", wabaId, {
      token,
      query: { fields: "id,name,currency,timezone_id,country" },
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

  /** Takes a shared credit line back (protocol.md 1.7, 4.1). @param token the system user's */
  revokeCredit(token: string, allocationConfigId: string): Promise<GraphResult> {
    return this.#request("DELETE", allocationConfigId, { token });
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

  /** Every entry of a list that Graph gives in pages. */
  async #listAll(
    path: string,
    options: { token: string; query: Record<string, string> },
  ): Promise<Json[] | Failed> {
    const entries: Json[] = [];
    let after: string | undefined;
    do {
      const query = { ...options.query, ...(after === undefined ? {} : { after }) };
      const page = await this.#request("GET", path, { ...options, query });
      if (page.kind !== "ok") return { failed: page };
      entries.push(...asObjects(page.body["data"]));
      const paging = asObject(page.body["paging"]);
      // The last page has a cursor too, but no next.
      const isLast = asText(paging?.["next"]) === undefined;
      after = isLast ? undefined : asText(asObject(paging?.["cursors"])?.["after"]);
    } while (after !== undefined);
    return entries;
  }

  async #request(
    method: GraphCall["method"],
    path: string,
    options: { token?: string; query?: Record<string, string>; body?: Json },
  ): Promise<GraphResult> {
    try {
      const response = await callGraph(this.#options, {
        method,
        path,
        token: options.token,
        query: Object.entries(options.query ?? {}),
        ...jsonBody(options.body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      // Answers go on to partners: should Graph ever quote the token, it ends here.
      const safe = options.token === undefined ? text : text.replaceAll(options.token, "withheld");
      return readAnswer(response.status, safe);
    } catch (err) {
      return { kind: "unknown", why: nameOf(err) };
    }
  }
}

function jsonBody(body: Json | undefined): Pick<GraphCall, "body" | "contentType"> {
  return body === undefined ? {} : { body: JSON.stringify(body), contentType: "application/json" };
}

function readAnswer(status: number, text: string): GraphResult {
  let body: Json | undefined;
  try {
    body = asObject(JSON.parse(text));
  } catch {
    body = undefined;
  }
  if (status >= 200 && status < 300 && body !== undefined) return { kind: "ok", body };
  const error = asObject(body?.["error"]);
  if (error === undefined) return { kind: "unknown", why: `http_${status}` };
  return {
    kind: "error",
    status,
    error,
    code: asNumber(error["code"]),
    subcode: asNumber(error["error_subcode"]),
  };
}

function asNumber(value: unknown): number | undefined {
  const number = Number(asText(value));
  return Number.isFinite(number) ? number : undefined;
}
