export type ConversionState = "intended" | "reported" | "refused" | "unknown";

/** A conversion as it is reported to Meta, and what came of that. Times are epoch ms. */
export interface StoredConversion {
  id: string;
  /** The customer's key, where it was reported of one. */
  customer: string | null;
  ctwaClid: string;
  name: string;
  at: number;
  currency: string | null;
  value: number | null;
  /** JSON object of plain values. */
  customData: string | null;
  detectedIn: string | null;
  testEventCode: string | null;
  /** SHA-256 of the request. */
  digest: string;
  state: ConversionState;
  /** JSON: what Meta said, and what to do. */
  error: string | null;
  createdAt: number;
  settledAt: number | null;
}

const COLUMNS = `id, customer, ctwa_clid AS ctwaClid, name, at, currency, value,
  custom_data AS customData, detected_in AS detectedIn, test_event_code AS testEventCode, digest,
  state, error, created_at AS createdAt, settled_at AS settledAt`;

/** Stores that a conversion is about to be reported. @returns false where this id is taken */
export async function intendConversion(
  database: D1Database,
  sender: number,
  conversion: Omit<StoredConversion, "state" | "error" | "settledAt">,
): Promise<boolean> {
  const { meta } = await database
    .prepare(
      `INSERT INTO conversions (sender, id, customer, ctwa_clid, name, at, currency, value,
         custom_data, detected_in, test_event_code, digest, state, created_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'intended', ?13)
       ON CONFLICT (sender, id) DO NOTHING`,
    )
    .bind(
      sender,
      conversion.id,
      conversion.customer,
      conversion.ctwaClid,
      conversion.name,
      conversion.at,
      conversion.currency,
      conversion.value,
      conversion.customData,
      conversion.detectedIn,
      conversion.testEventCode,
      conversion.digest,
      conversion.createdAt,
    )
    .run();
  return meta.changes > 0;
}

/**
 * Notes what a report came to. One that was given up as unknown meanwhile has its truth after all;
 * what is reported or refused stays so.
 */
export async function settleConversion(
  database: D1Database,
  sender: number,
  id: string,
  outcome: { state: ConversionState; error: object | null; at: number },
): Promise<void> {
  await database
    .prepare(
      `UPDATE conversions SET state = ?3, error = ?4, settled_at = ?5
       WHERE sender = ?1 AND id = ?2 AND state IN ('intended', 'unknown')`,
    )
    .bind(
      sender,
      id,
      outcome.state,
      outcome.error === null ? null : JSON.stringify(outcome.error),
      outcome.at,
    )
    .run();
}

export function findConversion(
  database: D1Database,
  sender: number,
  id: string,
): Promise<StoredConversion | null> {
  return database
    .prepare(`SELECT ${COLUMNS} FROM conversions WHERE sender = ?1 AND id = ?2`)
    .bind(sender, id)
    .first<StoredConversion>();
}

/** Which conversions are asked for; what is left out does not narrow. */
export interface ConversionFilter {
  state?: ConversionState | undefined;
  name?: string | undefined;
  /** Of `createdAt`: epoch ms, from (in) to (out). */
  since?: number | undefined;
  until?: number | undefined;
}

/** A sender's conversions, the newest report first. */
export async function listConversions(
  database: D1Database,
  sender: number,
  page: {
    after: { createdAt: number; id: string } | null;
    filter: ConversionFilter;
    limit: number;
  },
): Promise<StoredConversion[]> {
  const { state = null, name = null, since = 0, until = Number.MAX_SAFE_INTEGER } = page.filter;
  const { results } = await database
    .prepare(
      `SELECT ${COLUMNS} FROM conversions
       WHERE sender = ?1 AND (created_at, id) < (?2, ?3) AND created_at >= ?4 AND created_at < ?5
         AND (?6 IS NULL OR state = ?6) AND (?7 IS NULL OR name = ?7)
       ORDER BY created_at DESC, id DESC LIMIT ?8`,
    )
    .bind(
      sender,
      page.after?.createdAt ?? Number.MAX_SAFE_INTEGER,
      page.after?.id ?? "",
      since,
      until,
      state,
      name,
      page.limit,
    )
    .all<StoredConversion>();
  return results;
}

/**
 * Intents from before whose Worker has died: Meta may have counted them. @returns how many
 *
 * @param before epoch ms
 */
export async function giveUpIntents(
  database: D1Database,
  before: number,
  error: object,
  now: number,
): Promise<number> {
  const { meta } = await database
    .prepare(
      `UPDATE conversions SET state = 'unknown', error = ?2, settled_at = ?3
       WHERE state = 'intended' AND created_at < ?1`,
    )
    .bind(before, JSON.stringify(error), now)
    .run();
  return meta.changes;
}
