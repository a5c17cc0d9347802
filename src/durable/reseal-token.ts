import { SecretUnopened, tokenBinding } from "../lib/seal.ts";
import type { Vault } from "../lib/seal.ts";
import type { SenderConfig } from "./sender-state.ts";
import type { SettingsStore } from "./settings-store.ts";

/** Under which key a number's token is. */
export interface TokenSeal {
  /** Null: it has none, or nobody configured the number. */
  kid: string | null;
  resealed: boolean;
  /** False where this deployment has not the key: the token stays as it is. */
  opens: boolean;
}

/**
 * Seals a number's token under the newest key of TOKEN_KEYS, if another sealed it; what is under the
 * newest is opened all the same, so that whoever asks knows that it does. The token leaves the
 * object in neither form. A token that came meanwhile stays.
 */
export async function resealToken(settings: SettingsStore, vault: Vault): Promise<TokenSeal> {
  const before = settings.get<SenderConfig>("config");
  if (before === undefined || before.token === null) {
    return { kid: null, resealed: false, opens: true };
  }
  const { token, partner, phoneNumberId } = before;
  try {
    const sealed = await vault.reseal(token, tokenBinding(partner, phoneNumberId));
    if (sealed === token) return { kid: token.kid, resealed: false, opens: true };
    const now = settings.get<SenderConfig>("config");
    // What came while it was sealed is newer than this.
    if (now === undefined || now.token?.ct !== token.ct) {
      return { kid: now?.token?.kid ?? null, resealed: false, opens: true };
    }
    settings.set("config", { ...now, token: sealed });
    return { kid: sealed.kid, resealed: true, opens: true };
  } catch (err) {
    if (!(err instanceof SecretUnopened)) throw err;
    return { kid: token.kid, resealed: false, opens: false };
  }
}
