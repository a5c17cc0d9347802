/** What Meta's signup says to the page that opened it, as far as we use it. */
export type MetaMessage =
  | { kind: "finished"; wabaId?: string; phoneNumberId?: string }
  | { kind: "wrong_branch"; code: string; wabaId?: string }
  | { kind: "cancelled"; step?: string }
  | { kind: "error"; code?: string; metaSession?: string };

const META_SDK_HOST = "connect.facebook.net";

/**
 * Whether a message's origin is Meta: https and facebook.com or a host below it. A test of how the
 * text ends would let notfacebook.com pass (protocol.md 1.3).
 *
 * @param origin `event.origin`
 * @param sdkUrl where the SDK comes from; when that is not Meta (the simulator), its origin too
 */
export function isMetaOrigin(origin: string, sdkUrl: string): boolean {
  const url = parse(origin);
  if (url === null || url.origin !== origin) return false;
  const sdk = parse(sdkUrl);
  if (sdk !== null && sdk.host !== META_SDK_HOST && sdk.origin === origin) return true;
  return url.protocol === "https:" && /^(?:[a-z0-9-]+\.)*facebook\.com$/.test(url.host);
}

/**
 * Reads a session message, which comes as JSON text or as an object; null for everything else that
 * travels between Meta's windows. The id of a coexistence signup comes with the WABA's alone, or
 * with none: nothing else may be asked of it.
 */
export function readMetaMessage(raw: unknown): MetaMessage | null {
  const message = asObject(raw);
  if (message?.["type"] !== "WA_EMBEDDED_SIGNUP") return null;
  const data = asObject(message["data"]) ?? {};
  const event = text(message["event"]) ?? "";
  const wabaId = text(data["waba_id"]);
  const step = text(data["current_step"]);
  const code = text(data["error_code"]) ?? text(data["error_id"]);
  const metaSession = text(data["session_id"]);
  if (event === "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING") {
    return {
      kind: "finished",
      ...some("wabaId", wabaId),
      ...some("phoneNumberId", text(data["phone_number_id"])),
    };
  }
  if (event.startsWith("FINISH")) {
    return { kind: "wrong_branch", code: event, ...some("wabaId", wabaId) };
  }
  if (event === "ERROR" || (event === "CANCEL" && (code ?? metaSession) !== undefined)) {
    return { kind: "error", ...some("code", code), ...some("metaSession", metaSession) };
  }
  return event === "CANCEL" ? { kind: "cancelled", ...some("step", step) } : null;
}

function asObject(raw: unknown): Record<string, unknown> | null {
  let value = raw;
  if (typeof raw === "string") {
    try {
      value = JSON.parse(raw) as unknown;
    } catch {
      return null;
    }
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** An id or name; Meta writes some as numbers. What our door would refuse is left out. */
function text(value: unknown): string | undefined {
  const written = typeof value === "number" ? String(value) : value;
  return typeof written === "string" && /^[A-Za-z0-9_.:-]{1,100}$/.test(written)
    ? written
    : undefined;
}

function some<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: string });
}

function parse(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
