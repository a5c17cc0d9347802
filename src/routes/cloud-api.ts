import { Hono } from "hono";
import { findSender } from "../database/senders.ts";
import { sendMessage } from "../operations/send-message.ts";
import { asObject } from "../meta/read-json.ts";
import { graphErrorBody } from "./graph-shape.ts";
import { requirePartner } from "./require-partner.ts";
import { readJson } from "./validate.ts";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../env.ts";
import type { SendOutcome } from "../durable/send-types.ts";
import type { SendAnswer } from "../operations/send-message.ts";
import type { GraphShapedError } from "./graph-shape.ts";

const BODY_MAX_BYTES = 256_000;
const DEFAULT_WAIT_S = 10;
const MAX_WAIT_S = 60;
const IDEMPOTENCY_KEY_MAX = 255;
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
    const idempotencyKey = c.req.header("idempotency-key");
    if (idempotencyKey !== undefined && !isKey(idempotencyKey)) {
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
        idempotencyKey,
        signal: c.req.raw.signal,
        waitUntil: (promise) => c.executionCtx.waitUntil(promise),
      }),
    );
  });

async function ownsNumber(c: Context<AppContext>, phoneNumberId: string): Promise<boolean> {
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

function isKey(key: string): boolean {
  return key.length > 0 && key.length <= IDEMPOTENCY_KEY_MAX;
}

function answer(c: Context<AppContext>, result: SendAnswer): Response {
  if ("send" in result) c.header("tandem-send-id", result.send);
  if ("replayed" in result && result.replayed) c.header("idempotent-replayed", "true");
  switch (result.kind) {
    case "settled":
      return answerOutcome(c, result.send, result.outcome);
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
    case "refused": {
      const { refusal } = result;
      if (refusal.retryAfterMs !== undefined) {
        c.header("retry-after", String(Math.ceil(refusal.retryAfterMs / 1_000)));
      }
      return refuse(c, {
        ...refusal,
        status: refusal.status as ContentfulStatusCode,
        transient: refusal.retryAfterMs !== undefined,
      });
    }
    case "faulty":
      return refuse(c, {
        status: 400,
        code: result.fault.code,
        title: "Invalid parameter",
        details: result.fault.details,
      });
    case "key_reused":
      return refuse(c, {
        status: 422,
        code: 131009,
        title: "Idempotency-Key was used for another body",
        details: "Send the same body again, or take a new key for a new message.",
      });
    case "not_found":
      return refuse(c, {
        status: 404,
        code: 100,
        title: "Unsupported request",
        details: "There is no number with this id for this key.",
      });
    case "withdrawn":
      return refuse(c, {
        status: 408,
        code: 131016,
        title: "The caller hung up",
        details: "The caller went away before the place came; nothing was sent.",
      });
  }
}

function answerOutcome(c: Context<AppContext>, send: string, outcome: SendOutcome): Response {
  switch (outcome.state) {
    case "accepted":
      return c.json(outcome.answer);
    case "refused":
      return c.json({ error: outcome.error }, outcome.status as ContentfulStatusCode);
    case "retriable":
      c.header("retry-after", outcome.scope === "number" ? "1" : "6");
      return c.json({ error: outcome.error }, 429);
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

function refuse(c: Context<AppContext>, error: GraphShapedError): Response {
  return c.json(graphErrorBody(error, c.var.requestId), error.status);
}
