import { Hono } from "./lib/hono.ts";
import { getPath } from "hono/utils/url";
import { AppError, problemBody, PROBLEMS } from "./errors.ts";
import { errorKind, log } from "./lib/log.ts";
import { SecretUnopened } from "./lib/seal.ts";
import { assetRoutes } from "./pages/assets/routes.ts";
import { connectRoutes } from "./pages/connect/routes.tsx";
import { consoleRoutes } from "./pages/console/index.tsx";
import { adminAuditRoutes } from "./routes/admin-audit.ts";
import { adminSecretRoutes } from "./routes/admin-secrets.ts";
import { adminKeyRoutes } from "./routes/admin-keys.ts";
import { docsRoutes } from "./pages/docs/routes.tsx";
import { adminLeftOverRoutes } from "./routes/admin-left-over.ts";
import { adminRepairRoutes } from "./routes/admin-repairs.ts";
import { adminRoutes } from "./routes/admin.ts";
import { alarmRoutes } from "./routes/alarms.ts";
import { adminSenderRoutes } from "./routes/admin-senders.ts";
import { answerHeaders } from "./routes/answer-headers.ts";
import { browserHeaders } from "./routes/browser-headers.ts";
import { cloudApiRoutes } from "./routes/cloud-api.ts";
import { endpointRoutes } from "./routes/endpoints.ts";
import { eventTypeRoutes } from "./routes/event-types.ts";
import { eventRoutes } from "./routes/events.ts";
import { featureRoutes } from "./routes/features.ts";
import { graphErrorBody } from "./routes/graph-shape.ts";
import { keyRoutes } from "./routes/keys.ts";
import { healthRoutes } from "./routes/health.ts";
import { mediaLinkRoutes } from "./routes/media-links.ts";
import { metricRoutes } from "./routes/metrics.ts";
import { metaWebhookRoutes } from "./routes/meta-webhook.ts";
import { senderRoutes } from "./routes/senders.ts";
import { sendRoutes } from "./routes/sends.ts";
import { signupRoutes } from "./routes/signup.ts";
import { servicesOf } from "./services.ts";
import type { Context } from "hono";
import type { AppContext } from "./env.ts";
import type { ProblemCode } from "./errors.ts";

/**
 * Every door, in order. Graph also serves addresses without a version, and SDKs use them: they are
 * the Cloud API's in the version that we speak ourselves.
 */
export const app = new Hono<AppContext>({
  getPath: (request, options) => {
    const path = getPath(request);
    return /^\/[0-9]+(\/|$)/.test(path) ? `/${options?.env?.GRAPH_VERSION}${path}` : path;
  },
})
  .use(answerHeaders)
  .use(async function provideServices(c, next) {
    c.set("services", servicesOf(c.env));
    await next();
  })
  // Before the headers for browsers: Meta is none, and they cost a tenth of an ack.
  .route("/webhooks/meta", metaWebhookRoutes)
  // These too: a file's own headers are stricter, but let a partner's page show it.
  .route("/media", mediaLinkRoutes)
  // And these: a page that opens Meta's popup has an opener policy of its own.
  .route("/assets", assetRoutes)
  .route("/connect", connectRoutes)
  .route("/console", consoleRoutes)
  .route("/", docsRoutes)
  .use(browserHeaders())
  .route("/health", healthRoutes)
  .route("/v1/features", featureRoutes)
  .route("/v1/admin", adminRoutes)
  .route("/v1/admin", adminLeftOverRoutes)
  .route("/v1/admin", adminRepairRoutes)
  .route("/v1/admin", alarmRoutes)
  .route("/v1/admin", metricRoutes)
  .route("/v1/admin/partners", adminKeyRoutes)
  .route("/v1/admin/audit", adminAuditRoutes)
  .route("/v1/admin/secrets", adminSecretRoutes)
  .route("/v1/admin", adminSenderRoutes)
  .route("/v1/senders", senderRoutes)
  .route("/v1/senders", sendRoutes)
  .route("/v1/events", eventRoutes)
  .route("/v1/endpoints", endpointRoutes)
  .route("/v1/event-types", eventTypeRoutes)
  .route("/v1/signup-sessions", signupRoutes)
  .route("/v1/keys", keyRoutes)
  .route("/:version{v[0-9]+\\.[0-9]+}", cloudApiRoutes)
  .notFound((c) => answerError(c, new AppError("not_found", "There is no such address.")))
  .onError((err, c) => {
    if (err instanceof AppError) return answerError(c, err);
    if (err instanceof SecretUnopened) {
      const detail =
        "A stored secret does not open with the keys of this gateway. Nothing is lost: its operator has to put a key back.";
      return answerError(c, new AppError("internal", detail));
    }
    log.error("request.failed", { error: errorKind(err) });
    return answerError(
      c,
      new AppError("internal", "Try again; tell us the request id if it stays."),
    );
  });

/** Graph's own code where it has one for a problem of ours (protocol.md 3.6); 100 for the rest. */
const GRAPH_CODES: Partial<Record<ProblemCode, number>> = {
  unauthorized: 190,
  forbidden: 10,
  internal: 131000,
  too_many_requests: 80007, // throttling to each SDK, and about nobody's number
};

/** In the shape of the surface that was called: Graph's envelope, or problem+json. */
function answerError(c: Context<AppContext>, error: AppError): Response {
  const { status, title } = PROBLEMS[error.code];
  if (error.retryAfterS !== undefined) c.header("retry-after", String(error.retryAfterS));
  if (/^\/v\d+\.\d+\//.test(c.req.path)) {
    const code = GRAPH_CODES[error.code] ?? 100;
    const transient = error.retryAfterS === undefined ? {} : { transient: true };
    const shaped = { status, code, title, details: error.detail, ...transient };
    return c.json(graphErrorBody(shaped, c.var.requestId), status);
  }
  c.header("content-type", "application/problem+json");
  const home = c.env.PUBLIC_URL ?? ""; // where settings are missing, that is what is said
  return c.body(JSON.stringify(problemBody(error, c.var.requestId, home)), status);
}
