import { log, sessionMark } from "./log.ts";
import type { LogFields } from "./log.ts";

/** A sealed secret: AES-256-GCM, bound to where it belongs. */
export interface Sealed {
  v: 1;
  /** Which key of TOKEN_KEYS sealed it. */
  kid: string;
  /** Base64, 96 bits, fresh for each sealing. */
  iv: string;
  /** Base64 ciphertext with its tag. */
  ct: string;
}

/** What the token of a sender is bound to; it opens for nobody else. */
export function tokenBinding(partner: string, phoneNumberId: string): string {
  return `${partner}|${phoneNumberId}`;
}

/** What an endpoint's secrets are bound to; they open for nobody else. */
export function endpointBinding(partner: string, endpoint: string): string {
  return `${partner}|${endpoint}`;
}

/** What the token of a signup is bound to until its number has it. */
export function sessionBinding(session: string): string {
  return `${SESSION}|${session}`;
}

const SESSION = "session";

/**
 * A record that does not open with the TOKEN_KEYS of this deployment. `key_gone`: the key that
 * sealed it is not among them. `wrong_key`: one of its name is, and is another; or the record was
 * changed, or stands where it does not belong. The record itself is as it was, so that it opens again
 * when the key is back.
 */
export class SecretUnopened extends Error {
  override readonly name = "SecretUnopened";
  readonly kid: string;
  readonly reason: "key_gone" | "wrong_key";

  constructor(kid: string, reason: "key_gone" | "wrong_key") {
    super(`TOKEN_KEYS does not open what ${kid} sealed (${reason}).`);
    this.kid = kid;
    this.reason = reason;
  }
}

/**
 * Seals and opens Meta's tokens and endpoints' secrets. `TOKEN_KEYS` is
 * `kid:base64key,kid:base64key`: the first seals, all open, so that a new key goes in front while
 * old records are still read.
 */
export class Vault {
  readonly #keys = new Map<string, string>();
  /** The names of its keys; the first is the one that seals. */
  readonly kids: readonly string[];

  /** @throws Error when a key is not 32 bytes, or two have one name */
  constructor(tokenKeys: string) {
    for (const part of tokenKeys.split(",")) {
      const at = part.indexOf(":");
      const kid = part.slice(0, at).trim();
      const key = part.slice(at + 1).trim();
      if (at < 1 || bytesIn(key) !== 32) {
        throw new Error("TOKEN_KEYS must be kid:key pairs, each key 32 bytes in base64.");
      }
      // One of them would be lost without a word, and with it what it sealed.
      if (this.#keys.has(kid)) throw new Error(`TOKEN_KEYS names ${kid} twice.`);
      this.#keys.set(kid, key);
    }
    this.kids = [...this.#keys.keys()];
  }

  /** The name of the key that seals. */
  get newest(): string {
    return this.kids[0] ?? "";
  }

  /** @param boundTo what the secret belongs to (partner and sender); opening needs the same. */
  async seal(secret: string, boundTo: string): Promise<Sealed> {
    const { newest } = this;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const ct = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: additional(boundTo, newest) },
      await importKey(this.#keys.get(newest) ?? ""),
      new TextEncoder().encode(secret),
    );
    return { v: 1, kid: newest, iv: toBase64(iv), ct: toBase64(new Uint8Array(ct)) };
  }

  /**
   * The secret in a record. What does not open is logged for whoever carries the pager: nothing of
   * its owner works until it does.
   *
   * @throws SecretUnopened when the key is gone, the record was changed, or it belongs elsewhere
   */
  async open(sealed: Sealed, boundTo: string): Promise<string> {
    const raw = this.#keys.get(sealed.kid);
    if (raw === undefined) throw unopened(sealed, boundTo, "key_gone");
    const key = await importKey(raw);
    try {
      const plain = await crypto.subtle.decrypt(
        {
          name: "AES-GCM",
          iv: fromBase64(sealed.iv),
          additionalData: additional(boundTo, sealed.kid),
        },
        key,
        fromBase64(sealed.ct),
      );
      return new TextDecoder().decode(plain);
    } catch {
      throw unopened(sealed, boundTo, "wrong_key");
    }
  }

  /**
   * The same secret under the newest key: the record itself where that sealed it. Either way it was
   * opened.
   *
   * @throws SecretUnopened
   */
  async reseal(sealed: Sealed, boundTo: string): Promise<Sealed> {
    const secret = await this.open(sealed, boundTo);
    return sealed.kid === this.newest ? sealed : this.seal(secret, boundTo);
  }
}

function unopened(
  { kid }: Sealed,
  boundTo: string,
  reason: SecretUnopened["reason"],
): SecretUnopened {
  log.error("secret.unopened", { ...ownerOf(boundTo), key: kid, reason });
  return new SecretUnopened(kid, reason);
}

/** Whose a record is, as logs name it: by the bindings above. */
function ownerOf(boundTo: string): LogFields {
  const [partner = "", id = ""] = boundTo.split("|");
  if (partner === SESSION) return { session: sessionMark(id) };
  return id.startsWith("endpoint_") ? { partner, endpoint: id } : { partner, sender: id };
}

function importKey(raw: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", fromBase64(raw), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** How many bytes a base64 text holds; none where it is not base64. */
function bytesIn(text: string): number {
  try {
    return fromBase64(text).length;
  } catch {
    return 0;
  }
}

function additional(boundTo: string, kid: string): Uint8Array {
  return new TextEncoder().encode(`tandem|1|${kid}|${boundTo}`);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
