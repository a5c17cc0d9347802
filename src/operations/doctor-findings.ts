import type { WebhookTick } from "../database/signup-sessions.ts";

/** One thing that has to be in order; `unproven` is what could not be looked at. */
export interface Finding {
  name: string;
  state: "ok" | "missing" | "unproven";
  /** What is so, and for what is missing what to do. */
  detail: string;
}

export function fromTick({ name, state, detail }: WebhookTick): Finding {
  return { name, state: state === "proven" ? "ok" : state, detail };
}

export function finding(
  name: string,
  isOk: boolean,
  detail: { ok: string; missing: string },
): Finding {
  const state = isOk ? "ok" : "missing";
  return { name, state, detail: detail[state] };
}
