/** A send that was taken, whether or not the caller heard of it. */
export type SendRecord = {
  wamid: string;
  phoneNumberId: string;
  recipient: string;
  type: string;
  bizOpaqueCallbackData?: string;
  /** When the request came in, real epoch ms. */
  atMs: number;
  /** `visible` to the customer, or `lost` (a BSUID in `to`). */
  fate: "visible" | "lost";
  /** What the caller got: the answer, a broken connection, or a 500. */
  answer: "ok" | "dropped" | "500";
};

/** A conversion that was counted, whether or not the caller heard of it. */
export type ConversionRecord = {
  dataset: string;
  name: string;
  ctwaClid: string;
  eventId: string | null;
  /** Unix seconds, as it was told. */
  eventTime: number;
  customData: Record<string, unknown>;
  testEventCode: string | null;
  /** It answers an automatic event. */
  answersDetection: boolean;
  /** When the request came in, real epoch ms. */
  atMs: number;
  answer: SendRecord["answer"];
};

export type RefusalRecord = { path: string; code: number; subcode?: number; atMs: number };

export type WebhookCounts = {
  created: number;
  bytes: number;
  attempts: number;
  delivered: number;
  /** Sent once more although taken (DeliveryMode.duplicates). */
  repeated: number;
  dropped: number;
  /** Not subscribed, no callback, or access gone: never sent. */
  undeliverable: number;
  /** Neither taken nor given up; of these, how many wait for their next attempt. */
  pending: number;
  waiting: number;
};

export type BusinessCounts = {
  historyMessages: number;
  historyChunks: {
    planned: number;
    sent: number;
    lost: number;
    duplicated: number;
    regrouped: number;
    /** Lost at first. */
    late: number;
  };
  historyMedia: number;
  contacts: { added: number; edited: number; removed: number };
  inbound: string[];
  echoes: string[];
  /** wamids of what another responder of the number sent. */
  responses: string[];
  statuses: number;
};

/** What a business's counts keep by wamid. */
type Lists = "inbound" | "echoes" | "responses";

export type LedgerReport = {
  sends: {
    accepted: number;
    visible: number;
    lost: number;
    unanswered: number;
    refused: number;
    refusedByCode: Record<string, number>;
    /** Sends that share their biz_opaque_callback_data with an earlier one. */
    duplicates: number;
    maxArrivalsIn1s: number;
  };
  conversions: { counted: number; unanswered: number; refused: number };
  webhooks: { total: WebhookCounts; byField: Record<string, WebhookCounts> };
  businesses: Record<string, Omit<BusinessCounts, Lists> & Record<Lists, number>>;
  violations: { path: string; atMs: number; note: string }[];
  detail?: {
    sends: SendRecord[];
    conversions: ConversionRecord[];
    refused: RefusalRecord[];
    inbound: Record<string, string[]>;
    echoes: Record<string, string[]>;
    responses: Record<string, string[]>;
  };
};

const emptyCounts = (): WebhookCounts => ({
  created: 0,
  bytes: 0,
  attempts: 0,
  delivered: 0,
  repeated: 0,
  dropped: 0,
  undeliverable: 0,
  pending: 0,
  waiting: 0,
});

/** What Meta saw and did: the answer to "did it arrive, and how often?". */
export class Ledger {
  readonly sends: SendRecord[] = [];
  /** Each that came, the same one again too: Meta does not dedupe (protocol.md 5.2). */
  readonly conversions: ConversionRecord[] = [];
  readonly refused: RefusalRecord[] = [];
  readonly violations: LedgerReport["violations"] = [];
  readonly #fields = new Map<string, WebhookCounts>();
  readonly #businesses = new Map<string, BusinessCounts>();
  readonly #arrivals = new Map<string, number[]>();
  readonly #opaque = new Set<string>();
  #duplicates = 0;
  #maxArrivals = 0;

  sendAccepted(record: SendRecord): void {
    this.sends.push(record);
    const key = record.bizOpaqueCallbackData;
    if (key === undefined) return;
    if (this.#opaque.has(key)) this.#duplicates++;
    this.#opaque.add(key);
  }

  /** Every send that reaches the door, also one refused later. `atMs` real. */
  sendArrived(phoneNumberId: string, atMs: number): void {
    const recent = (this.#arrivals.get(phoneNumberId) ?? []).filter((at) => atMs - at < 1_000);
    recent.push(atMs);
    this.#arrivals.set(phoneNumberId, recent);
    this.#maxArrivals = Math.max(this.#maxArrivals, recent.length);
  }

  callRefused(record: RefusalRecord): void {
    this.refused.push(record);
  }

  violated(path: string, atMs: number, note: string): void {
    this.violations.push({ path, atMs, note });
  }

  webhookCreated(field: string, bytes: number): void {
    const counts = this.#of(field);
    counts.created++;
    counts.pending++;
    counts.bytes += bytes;
  }

  webhookAttempted(field: string): void {
    this.#of(field).attempts++;
  }

  /** It was not taken and waits, or (`-1`) it waits no more. */
  webhookWaits(field: string, change: 1 | -1): void {
    this.#of(field).waiting += change;
  }

  webhookDelivered(field: string): void {
    this.#of(field).delivered++;
    this.#of(field).pending--;
  }

  webhookRepeated(field: string): void {
    this.#of(field).repeated++;
  }

  webhookDropped(field: string): void {
    this.#of(field).dropped++;
    this.#of(field).pending--;
  }

  webhookUndeliverable(field: string): void {
    this.#of(field).undeliverable++;
  }

  /** The counts of one business, to be changed in place. */
  of(wabaId: string): BusinessCounts {
    const known = this.#businesses.get(wabaId);
    if (known) return known;
    const counts: BusinessCounts = {
      historyMessages: 0,
      historyChunks: { planned: 0, sent: 0, lost: 0, duplicated: 0, regrouped: 0, late: 0 },
      historyMedia: 0,
      contacts: { added: 0, edited: 0, removed: 0 },
      inbound: [],
      echoes: [],
      responses: [],
      statuses: 0,
    };
    this.#businesses.set(wabaId, counts);
    return counts;
  }

  /** @param detail also the lists: every send, every refusal, every live wamid */
  report(detail = false): LedgerReport {
    const sendRefusals = this.refused.filter(({ path }) => path.endsWith("/messages"));
    const byCode = Map.groupBy(sendRefusals, ({ code }) => String(code));
    const businesses = [...this.#businesses];
    const report: LedgerReport = {
      sends: {
        accepted: this.sends.length,
        visible: this.sends.filter(({ fate }) => fate === "visible").length,
        lost: this.sends.filter(({ fate }) => fate === "lost").length,
        unanswered: this.sends.filter(({ answer }) => answer !== "ok").length,
        refused: sendRefusals.length,
        refusedByCode: Object.fromEntries([...byCode].map(([code, list]) => [code, list.length])),
        duplicates: this.#duplicates,
        maxArrivalsIn1s: this.#maxArrivals,
      },
      conversions: {
        counted: this.conversions.length,
        unanswered: this.conversions.filter(({ answer }) => answer !== "ok").length,
        refused: this.refused.filter(({ path }) => path.endsWith("/events")).length,
      },
      webhooks: {
        total: this.#total(),
        byField: Object.fromEntries(structuredClone([...this.#fields])),
      },
      businesses: Object.fromEntries(
        businesses.map(([id, { inbound, echoes, responses, ...rest }]) => [
          id,
          {
            ...structuredClone(rest),
            inbound: inbound.length,
            echoes: echoes.length,
            responses: responses.length,
          },
        ]),
      ),
      violations: [...this.violations],
    };
    if (!detail) return report;
    return {
      ...report,
      detail: {
        sends: [...this.sends],
        conversions: [...this.conversions],
        refused: [...this.refused],
        inbound: Object.fromEntries(businesses.map(([id, { inbound }]) => [id, [...inbound]])),
        echoes: Object.fromEntries(businesses.map(([id, { echoes }]) => [id, [...echoes]])),
        responses: Object.fromEntries(
          businesses.map(([id, { responses }]) => [id, [...responses]]),
        ),
      },
    };
  }

  #of(field: string): WebhookCounts {
    const known = this.#fields.get(field);
    if (known) return known;
    const counts = emptyCounts();
    this.#fields.set(field, counts);
    return counts;
  }

  #total(): WebhookCounts {
    const total = emptyCounts();
    for (const counts of this.#fields.values()) {
      for (const key of Object.keys(total) as (keyof WebhookCounts)[]) total[key] += counts[key];
    }
    return total;
  }
}
