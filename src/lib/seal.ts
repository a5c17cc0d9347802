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

/**
 * Seals and opens Meta's tokens. `TOKEN_KEYS` is `kid:base64key,kid:base64key`: the first seals,
 * all open, so that a new key goes in front while old records are still read.
 */
export class Vault {
  readonly #keys = new Map<string, string>();
  readonly #newest: string;

  /** @throws Error when a key is not 32 bytes. */
  constructor(tokenKeys: string) {
    for (const part of tokenKeys.split(",")) {
      const at = part.indexOf(":");
      const kid = part.slice(0, at).trim();
      const key = part.slice(at + 1).trim();
      if (at < 1 || fromBase64(key).length !== 32) {
        throw new Error("TOKEN_KEYS must be kid:key pairs, each key 32 bytes in base64.");
      }
      this.#keys.set(kid, key);
    }
    this.#newest = this.#keys.keys().next().value ?? "";
  }

  /** @param boundTo what the secret belongs to (partner and sender); opening needs the same. */
  async seal(secret: string, boundTo: string): Promise<Sealed> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const key = await this.#import(this.#newest);
    const ct = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: additional(boundTo, this.#newest) },
      key,
      new TextEncoder().encode(secret),
    );
    return { v: 1, kid: this.#newest, iv: toBase64(iv), ct: toBase64(new Uint8Array(ct)) };
  }

  /** @throws Error when the key is gone, the record was changed, or it belongs elsewhere. */
  async open(sealed: Sealed, boundTo: string): Promise<string> {
    const key = await this.#import(sealed.kid);
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
  }

  async #import(kid: string): Promise<CryptoKey> {
    const raw = this.#keys.get(kid);
    if (raw === undefined) throw new Error(`TOKEN_KEYS has no key named ${kid}.`);
    return crypto.subtle.importKey("raw", fromBase64(raw), "AES-GCM", false, [
      "encrypt",
      "decrypt",
    ]);
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
