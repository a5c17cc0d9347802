import { Hono } from "../lib/hono.ts";
import { errorKind, log } from "../lib/log.ts";
import { readBody } from "../lib/read-body.ts";
import { sameSecret } from "../lib/secrets.ts";
import { readBulkHistory } from "../meta/bulk-history.ts";
import { labelWebhook } from "../meta/webhook-label.ts";
import { parseJsonObject } from "../meta/read-json.ts";
import { verifyWebhookSignature } from "../meta/webhook-signature.ts";
import { acceptUnreadHistory } from "../operations/accept-history.ts";
import { noteRefusedSignature, noteSignature } from "../operations/note-signatures.ts";
import { acceptWebhook } from "../operations/accept-webhook.ts";
import { noteOldAppSecret } from "../operations/note-old-app-secret.ts";
import type { AppContext } from "../env.ts";
import type { WebhookLabel } from "../meta/webhook-label.ts";
import type { Services } from "../services.ts";

/** Meta sends up to 3 MB (protocol.md 2.1); what is larger is not Meta's. */
const MAX_BYTES = 3_500_000;

/** Meta's door. 200 only when everything is durable; anything else and Meta retries for 7 days. */
export const metaWebhookRoutes = new Hono<AppContext>()
  .get("/", (c) => {
    // Answered without any row of ours: it may come before the tenant is stored (protocol.md 2.1).
    const { settings } = c.var.services;
    const token = c.req.query("hub.verify_token") ?? "";
    const challenge = c.req.query("hub.challenge") ?? "";
    const asked = c.req.query("hub.mode") === "subscribe";
    if (!asked || !sameSecret(token, settings.META_VERIFY_TOKEN)) return c.body(null, 403);
    return c.text(challenge);
  })
  .post("/", async (c) => {
    const { services } = c.var;
    const raw = await readBody(c.req.raw, MAX_BYTES);
    if (raw === null) {
      log.warn("webhook.refused", { reason: "too_large" });
      measure(services, "too_large", UNREAD, { facts: 0, bytes: 0, ms: 0 });
      return c.body(null, 413);
    }
    const { META_APP_SECRET, META_APP_SECRET_PREVIOUS: previous } = services.settings;
    const signature = c.req.header("x-hub-signature-256") ?? "";
    if (!(await verifyWebhookSignature(raw, signature, [META_APP_SECRET]))) {
      const olds = previous === undefined ? [] : [previous];
      if (!(await verifyWebhookSignature(raw, signature, olds))) {
        log.warn("webhook.refused", { reason: "signature" });
        measure(services, "signature", UNREAD, { facts: 0, bytes: raw.byteLength, ms: 0 });
        await noteRefusedSignature(services, signature);
        return c.body(null, 401);
      }
      const seen = noteOldAppSecret(services);
      if (seen !== null) c.executionCtx.waitUntil(seen);
    }
    noteSignature();
    const receivedAt = services.now();
    let label = UNREAD;
    let facts = 0;
    const done = (outcome: string) => {
      const ms = services.now() - receivedAt;
      measure(services, outcome, label, { facts, bytes: raw.byteLength, ms });
      return ms;
    };
    try {
      const bulk = readBulkHistory(raw);
      if (bulk !== null) {
        label = { field: "history", number: bulk.numbers[0] ?? "" };
        await acceptUnreadHistory(services, { raw, signature, ...bulk }, receivedAt);
        log.info("webhook.accepted", {
          field: "history",
          bytes: raw.byteLength,
          ms: done("accepted"),
        });
        return c.body(null, 200);
      }
      const payload = parseJsonObject(raw);
      if (payload === undefined) {
        log.warn("webhook.refused", { reason: "not_an_object" });
        done("not_an_object");
        return c.body(null, 400);
      }
      label = labelWebhook(payload);
      const taken = await acceptWebhook(services, { raw, payload, receivedAt });
      facts = taken.facts;
      log.info("webhook.accepted", {
        count: facts,
        bytes: raw.byteLength,
        ms: done("accepted"),
      });
      return c.body(null, 200);
    } catch (err) {
      log.error("request.failed", { reason: "not_durable", error: errorKind(err) });
      done("not_durable");
      return c.body(null, 500);
    }
  });

/** Of what nobody has looked into. */
const UNREAD: WebhookLabel = { field: "", number: "" };

function measure(
  services: Services,
  outcome: string,
  { field, number }: WebhookLabel,
  figures: { facts: number; bytes: number; ms: number },
): void {
  services.measure("webhook", number, { outcome, field, ...figures });
}
