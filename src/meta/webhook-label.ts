import { asObject, asObjects, asText } from "./read-json.ts";
import type { Json } from "./read-json.ts";

/** What a webhook is mostly about: Meta batches changes of one account, and mostly of one field. */
export interface WebhookLabel {
  /** Meta's field; "several" or "unknown". */
  field: string;
  /** phone_number_id, or "". */
  number: string;
}

/** A field as Meta names them; anything else is not repeated anywhere. */
const FIELD = /^[a-z_]{1,60}$/;
const NUMBER = /^\d{1,30}$/;

/** Names a verified webhook in two words, for a figure; reads no content. */
export function labelWebhook(payload: Json): WebhookLabel {
  const changes = asObjects(payload["entry"]).flatMap((entry) => asObjects(entry["changes"]));
  const fields = new Set(changes.map(({ field }) => asText(field) ?? ""));
  const [first] = changes;
  const number = asText(asObject(asObject(first?.["value"])?.["metadata"])?.["phone_number_id"]);
  const [field = ""] = fields;
  return {
    field: fields.size > 1 ? "several" : FIELD.test(field) ? field : "unknown",
    number: number !== undefined && NUMBER.test(number) ? number : "",
  };
}
