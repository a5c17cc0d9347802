import type { Refusal } from "./refusal.ts";

/** What a responder of a number can be (protocol.md 2.10). */
export const ROLES = [
  "ai_agent",
  "ctwa",
  "customer_service",
  "escalation",
  "marketing",
  "utility",
] as const;
export type Role = (typeof ROLES)[number];

/** The role of the app whose webhooks we send: the one that may take a thread. */
export const APP_ROLE: Role = "escalation";

/** Who answers one customer, and which other responder does or did. */
export type Thread = { holder: "app" | "responder"; responder: Role };

/** Nobody else was ever there: the app answers. */
export const OWN_THREAD: Thread = { holder: "app", responder: "ai_agent" };

/** How a change of hands is told (protocol.md 2.10). */
export type Handover = { type: "control_passed" | "control_taken"; from: Role; to: Role };

export type ThreadOrder = {
  messaging_product?: unknown;
  action?: unknown;
  to?: unknown;
  recipient?: unknown;
  metadata?: unknown;
  control_pass?: unknown;
};

const MAX_METADATA = 2_000;

/**
 * What the app's order does to a thread (protocol.md 2.10). Only who holds it can pass or release
 * it, anybody's can be taken. A release goes back to the other responder, where there was one, and
 * is told to nobody.
 * The protocol names no codes of these refusals; 100 is Meta's for what makes no sense.
 */
export function orderThread(
  thread: Thread,
  order: ThreadOrder,
): { ok: true; thread: Thread; told: Handover | null } | { ok: false; refusal: Refusal } {
  const refusal = refuseOrder(thread, order);
  if (refusal) return { ok: false, refusal };
  switch (order.action) {
    case "pass": {
      const to = targetOf(order);
      return {
        ok: true,
        thread: { holder: "responder", responder: to },
        told: { type: "control_passed", from: APP_ROLE, to },
      };
    }
    case "release": {
      const holder = thread === OWN_THREAD ? "app" : "responder";
      return { ok: true, thread: { ...thread, holder }, told: null };
    }
    default:
      return { ok: true, ...takeThread(thread) };
  }
}

/** The app takes a thread, by an order or by a message that is no template (protocol.md 2.10). */
export function takeThread(thread: Thread): { thread: Thread; told: Handover | null } {
  if (thread.holder === "app") return { thread, told: null };
  const told = { type: "control_taken", from: thread.responder, to: APP_ROLE } as const;
  return { thread: { ...thread, holder: "app" }, told };
}

/** Another responder takes a thread from the app, or from yet another. */
export function loseThread(thread: Thread, to: Role): { thread: Thread; told: Handover | null } {
  const taken: Thread = { holder: "responder", responder: to };
  if (thread.holder === "responder" && thread.responder === to) return { thread, told: null };
  const from = thread.holder === "app" ? APP_ROLE : thread.responder;
  return { thread: taken, told: { type: "control_taken", from, to } };
}

function refuseOrder(thread: Thread, order: ThreadOrder): Refusal | null {
  if (order.messaging_product !== "whatsapp") {
    return { code: 100, details: "The parameter messaging_product must be 'whatsapp'" };
  }
  if (order.action !== "pass" && order.action !== "release" && order.action !== "take") {
    return { code: 100, details: "The parameter action must be one of pass, release, take" };
  }
  if (typeof order.metadata === "string" && order.metadata.length > MAX_METADATA) {
    return { code: 100, details: `The parameter metadata is longer than ${MAX_METADATA}` };
  }
  if (order.action === "pass" && !ROLES.includes(targetOf(order))) {
    return { code: 100, details: "The parameter control_pass.target_role names no role" };
  }
  if (order.action !== "take" && thread.holder !== "app") {
    return { code: 100, details: `Another responder (${thread.responder}) holds this thread` };
  }
  return null;
}

/** To whom a thread is passed: the Business Agent, if nobody is named. */
function targetOf({ control_pass: pass }: ThreadOrder): Role {
  const role = (pass as { target_role?: unknown } | null | undefined)?.target_role;
  return (role ?? "ai_agent") as Role;
}
