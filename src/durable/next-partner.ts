import { requestIdNow } from "../lib/request-id.ts";
import type { Fact } from "../meta/facts.ts";
import type { SettingsStore } from "./settings-store.ts";

/** Who has subscribed to the account of a number that its former partner has lost. */
export interface NextPartner {
  partner: string;
  /** Epoch ms of the onboarding: what is stamped from then on is its. */
  since: number;
  /** Epoch ms: with the end of the signup nobody is expected any more. */
  until: number;
}

interface ExpectedFact {
  fact: Fact;
  receivedAt: number;
  requestId: string | null;
}

/** The setting that names it. */
export const NEXT_PARTNER = "nextPartner";

/**
 * Facts of a disconnected number that come between another partner's subscription and its
 * confirmation: they are that partner's (invariant 8), and wait here until it has the number.
 */
export class NextPartners {
  readonly #sql: SqlStorage;
  readonly #settings: SettingsStore;

  constructor(sql: SqlStorage, settings: SettingsStore) {
    this.#sql = sql;
    this.#settings = settings;
  }

  expect(next: NextPartner): void {
    this.#settings.set(NEXT_PARTNER, next);
  }

  /** Who is expected at this instant (epoch ms). */
  expected(now: number): NextPartner | null {
    const next = this.#settings.get<NextPartner | null>(NEXT_PARTNER) ?? null;
    return next === null || now > next.until ? null : next;
  }

  /** Sets a fact aside if it is the expected partner's. @returns whether it was */
  takes(fact: Fact, receivedAt: number): boolean {
    const next = this.expected(receivedAt);
    if (next === null) return false;
    const at = "at" in fact ? (fact.at ?? receivedAt) : receivedAt;
    // Meta's stamps have whole seconds.
    if (at < next.since - (next.since % 1_000)) return false;
    this.#sql.exec(
      `INSERT INTO expected (key, fact, received_at, request_id) VALUES (?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      fact.key,
      JSON.stringify(fact),
      receivedAt,
      requestIdNow() ?? null,
    );
    return true;
  }

  /**
   * The number is taken on: nobody is expected any more, and what waited for another one is dropped.
   *
   * @returns since when it was this partner's, and what came for it; null where it was not expected
   */
  claim(partner: string): { since: number; facts: ExpectedFact[] } | null {
    const next = this.expected(0);
    if (next === null) return null;
    const facts = this.#sql
      .exec<{ fact: string; receivedAt: number; requestId: string | null }>(
        `SELECT fact, received_at AS receivedAt, request_id AS requestId FROM expected
         ORDER BY received_at`,
      )
      .toArray()
      .map((row) => ({ ...row, fact: JSON.parse(row.fact) as Fact }));
    this.#sql.exec(`DELETE FROM expected`);
    this.#settings.set(NEXT_PARTNER, null);
    return next.partner === partner ? { since: next.since, facts } : null;
  }
}
