import { findError } from "./graph-errors.ts";
import { asText } from "./read-json.ts";
import type { CatalogueEntry } from "./graph-errors.ts";
import type { GraphResult } from "./graph-request.ts";
import type { ConversionName } from "./conversion-names.ts";
import type { Json } from "./read-json.ts";

/** What is reported, in our words. */
export interface ConversionReport {
  /** Ours; Meta shows it, and does not dedupe by it (protocol.md 5.2). */
  id: string;
  name: ConversionName;
  /** Epoch ms. */
  at: number;
  wabaId: string;
  ctwaClid: string;
  currency: string | null;
  value: number | null;
  customData: Record<string, string | number | boolean>;
  /** It answers what Meta found itself (protocol.md 5.3). */
  answersDetection: boolean;
  testEventCode: string | null;
}

/** A report as the body of `POST /{dataset}/events` (protocol.md 5.2). */
export function conversionBody(report: ConversionReport): Json {
  const { currency, value } = report;
  const custom = {
    ...report.customData,
    ...(currency === null ? {} : { currency }),
    ...(value === null ? {} : { value }),
  };
  return {
    data: [
      {
        event_name: report.name,
        event_time: Math.floor(report.at / 1000),
        event_id: report.id,
        action_source: "business_messaging",
        messaging_channel: "whatsapp",
        // Plain: Meta takes hashes of phone numbers elsewhere, never of this id.
        user_data: {
          whatsapp_business_account_id: report.wabaId,
          ctwa_clid: report.ctwaClid,
        },
        ...(Object.keys(custom).length === 0 ? {} : { custom_data: custom }),
        ...(report.answersDetection
          ? { messaging_outcome_data: { outcome_type: "automatic_events" } }
          : {}),
      },
    ],
    partner_agent: "tandem",
    ...(report.testEventCode === null ? {} : { test_event_code: report.testEventCode }),
  };
}

/** Why a conversion was not counted, or why nobody knows, for whoever reported it. */
export interface ConversionError {
  /** Graph's, where it gave one. */
  code: number | null;
  subcode: number | null;
  message: string | null;
  /** What to do. */
  act: string;
}

export type ConversionOutcome =
  | { state: "reported"; error: null }
  | { state: "refused" | "unknown"; error: ConversionError };

const LOOK_FIRST =
  "Meta counts every report it gets, so Tandem does not send this one again. Look in Meta's Events " +
  "Manager; only where it is not there, report it under another Idempotency-Key.";

const ACTS: Record<string, string> = {
  "100/33":
    "Our access does not reach the account's dataset. The owner connects the number again and ticks " +
    "the Conversions API, or gives the system user the task to upload events in Business Settings > " +
    "Data sources; then report it under another Idempotency-Key.",
  "/2804066": "Take a name of Meta's list; others are refused for WhatsApp.",
  "/2804087":
    "Meta knows no such click. Pass ctwa_clid on as it came in a message's referral, whole and not hashed, " +
    "and with the number that the message was written to.",
};

const CORRECT =
  "Meta did not take it. Correct what the message names; then report it under another Idempotency-Key.";
const WAIT =
  "Meta took too many calls lately. Wait a while; then report it under another Idempotency-Key.";

/** The catalogue speaks of sends; what holds for reports too is who is let in. */
function actOf(entry: CatalogueEntry | undefined): string {
  const category = entry?.category;
  if (category === "access" || category === "account") return entry?.act ?? CORRECT;
  return category === "limit" || category === "throughput" ? WAIT : CORRECT;
}

/** Of nobody's answer: no answer came, or its Worker died. @param why in a word */
export function unknownConversion(why: string): ConversionError {
  return { code: null, subcode: null, message: why, act: LOOK_FIRST };
}

/**
 * What Graph's answer says of a report. Anything but a plain yes or a plain no may have been counted.
 */
export function judgeConversion(result: GraphResult): ConversionOutcome {
  switch (result.kind) {
    case "ok":
      return Number(asText(result.body["events_received"])) >= 1
        ? { state: "reported", error: null }
        : { state: "unknown", error: unknownConversion("answer_without_count") };
    case "unknown":
      return { state: "unknown", error: unknownConversion(result.why) };
    case "error": {
      const { status, code, subcode, error } = result;
      const told = { code: code ?? null, subcode: subcode ?? null };
      const message = asText(error["message"]) ?? null;
      if (status >= 500) return { state: "unknown", error: { ...told, message, act: LOOK_FIRST } };
      const act =
        ACTS[`/${subcode ?? ""}`] ??
        ACTS[`${code ?? ""}/${subcode ?? ""}`] ??
        actOf(findError(code, subcode));
      return { state: "refused", error: { ...told, message, act } };
    }
  }
}
