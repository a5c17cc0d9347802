import { newId } from "../lib/ids.ts";
import { errorKind, log } from "../lib/log.ts";
import { requestIdNow } from "../lib/request-id.ts";
import { readMessageRequest } from "../meta/message-body.ts";
import { admitOrRetract } from "./admit-or-retract.ts";
import { sendCommand } from "./send-command.ts";
import { SendTally } from "./send-tally.ts";
import { sendTicket } from "./send-ticket.ts";
import { carrySend } from "./carry-send.ts";
import { openAccess } from "./open-access.ts";
import type { Carry, Refusal, SendOutcome, SendView } from "../durable/send-types.ts";
import type { BodyFault } from "../meta/message-body.ts";
import type { GraphResult } from "../meta/graph-client.ts";
import type { Json } from "../meta/read-json.ts";
import type { Services } from "../services.ts";

/** Who waits longer than this is asked about once more: the number may have been stopped since. */
const LONG_WAIT_MS = 1_000;
const ASK_BEFORE_MS = 100;
/** While the first of two equal requests is in flight, the second looks this often. */
const LOOK_AGAIN_MS = 200;
const LOOK_MAX_MS = 45_000;
/** Queued sends wait so long for a held number or a busy pair. */
const QUEUED_EXPIRE_MS = 15 * 60_000;

export interface SendInput {
  partner: string;
  phoneNumberId: string;
  body: Json;
  /** Null: queue it and answer at once. */
  maxWaitMs: number | null;
  idempotencyKey: string | undefined;
  /** Whether it may take the customer's thread from another responder of the number. */
  takeControl?: boolean;
  /** Fires when the caller hangs up. */
  signal: AbortSignal;
  /** Lets what was begun go on when the caller is gone. */
  waitUntil: (promise: Promise<unknown>) => void;
}

export type SendAnswer =
  | {
      kind: "settled";
      send: string;
      outcome: SendOutcome;
      replayed: boolean;
      /** When Meta may be asked again, where it found us too fast. */
      retryAfterMs?: number | undefined;
    }
  | { kind: "queued"; send: string; replayed: boolean }
  | { kind: "ended"; send: string; state: "expired" | "cancelled" }
  | { kind: "marked"; result: GraphResult }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "faulty"; fault: BodyFault }
  | { kind: "key_reused" }
  | { kind: "not_found" }
  /** The caller hung up before its place came; nothing was sent. */
  | { kind: "withdrawn" }
  /** The number's object did not answer; nothing of the send is left there. */
  | { kind: "failed" }
  /** It did not answer, nor when asked to take the send back: it may be queued. */
  | { kind: "in_doubt" };

/** Sends a message for a partner: refused, carried to an outcome, or queued. */
export async function sendMessage(services: Services, input: SendInput): Promise<SendAnswer> {
  const request = readMessageRequest(input.body);
  if ("fault" in request) return { kind: "faulty", fault: request.fault };
  if (request.kind === "mark") return mark(services, input, request.body);
  const command = sendCommand(request, {
    partner: input.partner,
    body: input.body,
    attempt: newId("attempt"),
    idempotencyKey: input.idempotencyKey,
    takeControl: input.takeControl === true,
    mode:
      input.maxWaitMs === null
        ? { wait: false, expiresInMs: QUEUED_EXPIRE_MS }
        : { wait: true, maxWaitMs: input.maxWaitMs },
  });
  const admission = await admitOrRetract(services, input.phoneNumberId, command.attempt, (phone) =>
    phone.admit(command, requestIdNow()),
  );
  switch (admission.kind) {
    case "carry": {
      // All of it may outlive the caller: also taking the send back is work that has to be done.
      const carried = carry(services, input, admission.carry, command.attempt);
      input.waitUntil(carried);
      return carried;
    }
    case "queued":
      if (admission.ticket) await sendTicket(services, input.phoneNumberId);
      return { kind: "queued", send: admission.send, replayed: false };
    case "known":
      return replay(services, input, admission.view);
    case "refused": {
      const tally = new SendTally(services, input.phoneNumberId, "caller");
      tally.refused(command.type, admission.refusal.code);
      tally.write();
      return admission;
    }
    case "key_reused":
    case "not_found":
    case "in_doubt":
      return admission;
    case "retracted":
    case "failed":
      return { kind: "failed" };
  }
}

/** Until its place comes a caller may hang up and nothing is sent; after that it runs to its end. */
async function carry(
  services: Services,
  input: SendInput,
  carried: Carry,
  attempt: string,
): Promise<SendAnswer> {
  const { send, waitMs } = carried;
  const askAfterMs = waitMs > LONG_WAIT_MS ? waitMs - ASK_BEFORE_MS : 0;
  const gone = aborted(input.signal);
  if (askAfterMs > 0) await Promise.race([services.sleep(askAfterMs), gone]);
  // A timer of 0 ms costs two.
  const placeComes = waitMs > 0 ? services.sleep(waitMs - askAfterMs) : undefined;
  if (askAfterMs > 0 && !input.signal.aborted) {
    const still = await admitOrRetract(services, input.phoneNumberId, attempt, (phone) =>
      phone.confirm(send),
    );
    if (still.kind !== "go") return still;
  }
  if (placeComes !== undefined) await Promise.race([placeComes, gone]);
  if (input.signal.aborted) {
    try {
      const phone = services.phone(input.phoneNumberId);
      if (await phone.withdraw(send)) return { kind: "withdrawn" };
      // Too late to take back: its place has come, so it goes.
    } catch (err) {
      // It may be gone or not. Either way nobody waits for it: left alone, it becomes unknown.
      log.warn("object.unanswered", { reason: "withdraw", send, error: errorKind(err) });
      return { kind: "withdrawn" };
    }
  }
  const tally = new SendTally(services, input.phoneNumberId, "caller");
  const { outcome, retryAfterMs } = await carrySend(services, carried, tally);
  tally.write();
  return { kind: "settled", send, outcome, replayed: false, retryAfterMs };
}

/** The same key and body again: the same answer, also while the first is still in flight. */
async function replay(services: Services, input: SendInput, first: SendView): Promise<SendAnswer> {
  let view = first;
  if (view.state === "placed" && input.maxWaitMs === null) {
    return { kind: "queued", send: view.send, replayed: true }; // who does not wait, does not wait
  }
  const until = Math.max(services.now(), view.placeAt ?? 0) + LOOK_MAX_MS;
  while (view.state === "placed" && services.now() < until) {
    await services.sleep(LOOK_AGAIN_MS);
    const seen = await services.phone(input.phoneNumberId).send(input.partner, first.send);
    if (seen === null) return { kind: "withdrawn" };
    view = seen;
  }
  if (view.state === "expired" || view.state === "cancelled") {
    return { kind: "ended", send: view.send, state: view.state };
  }
  if (view.outcome !== null) {
    return { kind: "settled", send: view.send, outcome: view.outcome, replayed: true };
  }
  return view.state === "queued"
    ? { kind: "queued", send: view.send, replayed: true }
    : {
        kind: "settled",
        send: view.send,
        outcome: { state: "unknown", why: "in_flight" },
        replayed: true,
      };
}

/** Read marks and typing take no place and no window; repeating them harms nobody. */
async function mark(services: Services, input: SendInput, body: Json): Promise<SendAnswer> {
  const access = await openAccess(services, input.partner, input.phoneNumberId, "write");
  if (access.kind === "refused") return access;
  return {
    kind: "marked",
    result: await services.graph.postMessages(access.token, input.phoneNumberId, body),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
