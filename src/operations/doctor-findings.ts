import { errorKind } from "../lib/log.ts";
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

/** What the registry knows, and could not be read. */
export function unread(name: string, err: unknown): Finding {
  return { name, state: "unproven", detail: `The registry did not answer (${errorKind(err)}).` };
}
