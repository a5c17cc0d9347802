import { findSender } from "../database/senders.ts";
import { mediaAddress } from "../lib/media-address.ts";
import { Vault } from "../lib/seal.ts";
import { ShortCache } from "../lib/short-cache.ts";
import { hubSignature, standardSignature } from "../lib/sign-webhook.ts";
import { writeCloudBody } from "../meta/cloud-body.ts";
import { TEST_ENVELOPE, toCloudEnvelope } from "../meta/cloud-envelope.ts";
import { endpointBinding } from "./endpoint-types.ts";
import type { Settings } from "../env.ts";
import type { PartnerEvent } from "../events/partner-event.ts";
import type { Sealed } from "../lib/seal.ts";
import type { EndpointConfig } from "./endpoint-types.ts";
import type { Letter } from "./endpoint-post.ts";

/** An account's id and a number's digits hardly ever change. */
const SENDER_KEPT_MS = 5 * 60_000;
const USER_AGENT = "Tandem/1";

export interface LetterOptions {
  /** The attempt's number, from 1. */
  n: number;
  /** It was told before and is told again because the partner asked. */
  isReplay: boolean;
  /** Epoch ms; signed as the time of the post. */
  now: number;
}

/** Writes events as an endpoint wants them, and signs them. */
export class EndpointLetters {
  readonly #registry: D1Database;
  readonly #settings: Settings;
  readonly #vault: Vault;
  readonly #senders = new ShortCache();
  readonly #opened = new Map<string, string>();
  readonly #secretOpens: (opens: boolean) => void;

  /** @param secretOpens hears whether the secret in force could be opened, when that was tried */
  constructor(
    registry: D1Database,
    settings: Settings,
    secretOpens: (opens: boolean) => void = () => undefined,
  ) {
    this.#registry = registry;
    this.#settings = settings;
    this.#secretOpens = secretOpens;
    this.#vault = new Vault(settings.TOKEN_KEYS);
  }

  /**
   * @returns null for an event that the endpoint's format has no form for
   * @throws SecretUnopened, or what the registry threw: then nothing was posted
   */
  async write(
    config: EndpointConfig,
    event: PartnerEvent,
    options: LetterOptions,
  ): Promise<Letter | null> {
    if (config.format === "native") {
      return this.#sign(config, event.id, JSON.stringify(event), options);
    }
    const envelope = await this.#envelope(config, event, options.now);
    return envelope === null
      ? null
      : this.#sign(config, event.id, writeCloudBody(envelope), options);
  }

  /** An event outside the log; every format has a form for it. */
  async writeTest(
    config: EndpointConfig,
    event: PartnerEvent,
    options: LetterOptions,
  ): Promise<Letter> {
    const letter = await this.write(config, event, options);
    return letter ?? this.#sign(config, event.id, writeCloudBody(TEST_ENVELOPE), options);
  }

  async #envelope(config: EndpointConfig, event: PartnerEvent, now: number) {
    const { partner } = config;
    const phoneNumberId = event.sender_id;
    if (phoneNumberId === null) return null;
    const sender = await this.#senders.get(phoneNumberId, SENDER_KEPT_MS, now, () =>
      findSender(this.#registry, partner, phoneNumberId),
    );
    if (sender === null) return null;
    const { PUBLIC_URL, GRAPH_VERSION: version } = this.#settings;
    return toCloudEnvelope(event, sender, (media) =>
      mediaAddress(PUBLIC_URL, { version, media, phoneNumberId }),
    );
  }

  async #sign(
    config: EndpointConfig,
    id: string,
    body: string,
    { n, isReplay, now }: LetterOptions,
  ): Promise<Letter> {
    const secret = await this.#open(config, config.secret);
    const { previousSecret } = config;
    const previous =
      previousSecret !== null && previousSecret.until > now
        ? await this.#open(config, previousSecret.sealed)
        : null;
    const timestamp = Math.floor(now / 1000);
    const secrets = previous === null ? [secret] : [secret, previous];
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      "tandem-attempt": String(n),
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": standardSignature(secrets, { id, timestamp, body }),
    };
    if (isReplay) headers["tandem-replay"] = "true";
    if (config.format === "cloud_api") {
      // A receiver made for Meta knows one secret: until the overlap ends that is the former one.
      headers["x-hub-signature-256"] = hubSignature(previous ?? secret, body);
      if (previous !== null) headers["x-hub-signature-256-next"] = hubSignature(secret, body);
    }
    return { url: config.url, headers, body };
  }

  async #open({ partner, id }: EndpointConfig, sealed: Sealed): Promise<string> {
    const known = this.#opened.get(sealed.ct);
    if (known !== undefined) return known;
    const secret = await this.#vault
      .open(sealed, endpointBinding(partner, id))
      .catch((cause: unknown) => {
        this.#secretOpens(false);
        throw cause;
      });
    this.#secretOpens(true);
    if (this.#opened.size > 3) this.#opened.clear();
    this.#opened.set(sealed.ct, secret);
    return secret;
  }
}
