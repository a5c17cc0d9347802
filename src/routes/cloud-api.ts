import { Hono } from "../lib/hono.ts";
import { findSender } from "../database/senders.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { sendMessage } from "../operations/send-message.ts";
import { asObject } from "../meta/read-json.ts";
import { describeRefusal } from "./graph-refusals.ts";
import { graphErrorBody } from "./graph-shape.ts";
import { idempotencyKey, IDEMPOTENCY_KEY_MAX } from "./idempotency-key.ts";
import { absent } from "../operations/graph-answer.ts";
import { graphAccountRoutes } from "./graph-account.ts";
import { refuseInGraph } from "./graph-answer.ts";
import { graphMediaRoutes } from "./graph-media.ts";
import { refuseUnknownPath } from "./graph-unknown.ts";
import { mayTakeControl, TAKE_CONTROL } from "./take-control.ts";
import { requirePartner } from "./require-partner.ts";
import { readJson } from "./validate.ts";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../env.ts";
import type { SendAnswer } from "../operations/send-message.ts";
import type { GraphShapedError } from "./graph-shape.ts";

const BODY_MAX_BYTES = 256_000;
const DEFAULT_WAIT_S = 10;
const MAX_WAIT_S = 60;
/** Which numbers are whose does not change by the minute; the object checks again. */
const OWNED_MS = 60_000;
const owned = new Map<string, number>();

/** The Cloud API's own surface: a WhatsApp SDK works with its base URL pointed here. */
export const cloudApiRoutes = new Hono<AppContext>()
  .use(requirePartner)
  .post("/:phoneNumberId/messages", async (c) => {
    const phoneNumberId = c.req.param("phoneNumberId");
    if (!(await ownsNumber(c, phoneNumberId))) return answer(c, { kind: "not_found" });
    const body = asObject(await readJson(c.req.raw, BODY_MAX_BYTES));
    if (body === undefined) {
      return refuse(c, {
        status: 400,
        code: 100,
        title: "Invalid parameter",
        details: "The body must be a JSON object.",
      });
    }
    const prefer = readPrefer(c.req.header("prefer"));
    const key = c.req.header("idempotency-key");
    if (key !== undefined && !idempotencyKey.safeParse(key).success) {
      return refuse(c, {
        status: 400,
        code: 131009,
        title: "Parameter value is not valid",
        details: `Idempotency-Key must have 1 to ${IDEMPOTENCY_KEY_MAX} characters.`,
      });
    }
    return answer(
      c,
      await sendMessage(c.var.services, {
        partner: c.var.partner,
        phoneNumberId,
        body,
        maxWaitMs: prefer.async ? null : prefer.waitS * 1_000,
        idempotencyKey: key,
        takeControl: mayTakeControl(c.req.header(TAKE_CONTROL)),
        signal: c.req.raw.signal,
        waitUntil: (promise) => c.executionCtx.waitUntil(promise),
      }),
    );
  })
  .route("/", graphMediaRoutes)
  .route("/", graphAccountRoutes)
  .all("*", refuseUnknownPath);

async function ownsNumber(c: Context<AppContext>, phoneNumberId: string): Promise<boolean> {
  if (!coversSender(c.var.senders, phoneNumberId)) return false;
  const { registry, now } = c.var.services;
  const name = `${c.var.partner}|${phoneNumberId}`;
  if ((owned.get(name) ?? 0) > now()) return true;
  const sender = await findSender(registry, c.var.partner, phoneNumberId);
  if (sender === null) return false;
  if (owned.size > 10_000) owned.clear();
  owned.set(name, now() + OWNED_MS);
  return true;
}

/** RFC 7240: `respond-async` queues; `wait=<s>` is how long a place may take to come. */
function readPrefer(header: string | undefined): { async: boolean; waitS: number } {
  const preferences = (header ?? "").split(",").map((part) => part.trim().toLowerCase());
  const wait = preferences.map((part) => /^wait=(\d+)$/.exec(part)?.[1]).find((found) => found);
  return {
    async: preferences.includes("respond-async"),
    waitS: Math.min(wait === undefined ? DEFAULT_WAIT_S : Number(wait), MAX_WAIT_S),
  };
}

function answer(c: Context<AppContext>, result: SendAnswer): Response {
  if ("send" in result) c.header("tandem-send-id", result.send);
  if ("replayed" in result && result.replayed) c.header("idempotent-replayed", "true");
  switch (result.kind) {
    case "settled":
      return answerOutcome(c, result);
    case "queued":
      return c.json(
        {
          messaging_product: "whatsapp",
          messages: [{ id: result.send, message_status: "queued" }],
        },
        202,
      );
    case "ended":
      return refuse(c, {
        status: 409,
        code: 131016,
        title: "The send ended",
        details: `This send is ${result.state}; nothing went to Meta. Use a new Idempotency-Key to send again.`,
      });
    case "marked":
      return answerMark(c, result.result);
    case "refused":
      if (result.refusal.retryAfterMs !== undefined) tellWhen(c, result.refusal.retryAfterMs);
      return refuse(c, describeRefusal(result));
    case "faulty":
    case "key_reused":
    case "failed":
      return refuse(c, describeRefusal(result));
    case "not_found":
      return refuseInGraph(c, absent(c.req.param("phoneNumberId") ?? ""));
    case "withdrawn":
      return refuse(c, {
        status: 408,
        code: 131016,
        title: "The caller hung up",
        details: "The caller went away before the place came; nothing was sent.",
      });
    case "in_doubt":
      return refuse(c, {
        status: 504,
        code: 131000,
        title: "Nobody can say whether the send was taken",
        details:
          "The gateway lost its own answer. With an Idempotency-Key the same request tells; without one, wait for a send.settled event before you send it again.",
        transient: false,
      });
  }
}

function answerOutcome(
  c: Context<AppContext>,
  { send, outcome, retryAfterMs = 1_000 }: SendAnswer & { kind: "settled" },
): Response {
  switch (outcome.state) {
    case "accepted":
      return c.json(outcome.answer);
    case "refused":
      return c.json({ error: outcome.error }, outcome.status as ContentfulStatusCode);
    case "retriable":
      tellWhen(c, retryAfterMs);
      // 503: it was the gateway that could not send it.
      return c.json({ error: outcome.error }, outcome.status === 503 ? 503 : 429);
    case "unknown":
      return refuse(c, {
        status: 504,
        code: 131000,
        title: "Nobody can say whether Meta took this message",
        details: `It will not be sent again by itself. GET /v1/senders/{id}/sends/${send} tells when it is known; after an hour you may send it again.`,
        transient: false,
      });
  }
}

function answerMark(
  c: Context<AppContext>,
  result: (SendAnswer & { kind: "marked" })["result"],
): Response {
  switch (result.kind) {
    case "ok":
      return c.json(result.body);
    case "error":
      return c.json({ error: result.error }, result.status as ContentfulStatusCode);
    case "unknown":
      return refuse(c, {
        status: 504,
        code: 131000,
        title: "Meta did not answer",
        details: "Marking a message as read can be repeated.",
        transient: true,
      });
  }
}

/** Retry-After has whole seconds. */
function tellWhen(c: Context<AppContext>, afterMs: number): void {
  c.header("retry-after", String(Math.max(1, Math.ceil(afterMs / 1_000))));
}

function refuse(c: Context<AppContext>, error: GraphShapedError): Response {
  return c.json(graphErrorBody(error, c.var.requestId), error.status);
}
