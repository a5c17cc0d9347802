import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";

/**
 * The `webhook-signature` of Standard Webhooks 1.0: over id, time and body, one signature for each
 * secret, with a space between; a receiver accepts any of them.
 *
 * @param secrets `whsec_` and base64
 * @param timestamp whole seconds, as in `webhook-timestamp`
 */
export function standardSignature(
  secrets: readonly string[],
  { id, timestamp, body }: { id: string; timestamp: number; body: string },
): string {
  const at = new Date(timestamp * 1_000);
  return secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" ");
}

/**
 * The `X-Hub-Signature-256` of Meta's webhooks (protocol.md 2.1): the key is the secret's text, as
 * an app's secret is.
 */
export function hubSignature(secret: string, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
