import type { PopupBehaviour } from "./behaviour.ts";
import type { SessionMessage } from "./session-messages.ts";
import { finishMessage } from "./session-messages.ts";

/** One `postMessage` to the page that opened the popup. */
export type Delivery = {
  /** `elsewhere`: by a frame of an origin that only looks like Facebook's. */
  from: "meta" | "elsewhere";
  /** Real ms after the one before. */
  afterMs: number;
  data: unknown;
};

/** How the SDK in the page hears of the end: it turns this into the callback of `FB.login`. */
export type LoginAnswer = { type: "tandem_simulator_login"; callback: string; code: string | null };

/** Words and objects that the SDK's own frames say to each other; a page must pass them over. */
const FOREIGN: readonly unknown[] = [
  "FB_RPC:ready",
  "{not quite json",
  JSON.stringify({ type: "resize.iframe", params: { height: 0 } }),
  { type: "xd_arbiter_ready" },
  null,
  7,
];

/**
 * What a popup says at its end, and in which order.
 *
 * @param message of the session, or null when the owner left before it began
 * @param login with the code, or without one when the signup was not finished
 */
export function planDeliveries(
  behaviour: PopupBehaviour,
  message: SessionMessage | null,
  login: LoginAnswer,
): Delivery[] {
  if (behaviour.tells === "nothing") return [];
  const data = behaviour.data === "string" ? JSON.stringify(message) : message;
  const told = message === null || behaviour.tells === "callback" ? [] : [data];
  // Without a code the SDK answers by itself once the window is gone: there is nothing to hold back.
  const answered = behaviour.tells === "message" && login.code !== null ? [] : [login];
  const pair: unknown[] =
    behaviour.first === "message" ? [...told, ...answered] : [...answered, ...told];
  const foreign = behaviour.foreign ? FOREIGN.map((noise) => fromMeta(noise)) : [];
  return [
    ...forged(behaviour.forgedWabaId),
    ...foreign,
    ...pair.map((said, index) => fromMeta(said, index === 0 ? 0 : behaviour.gapMs)),
    ...foreign,
  ];
}

function forged(wabaId: string | undefined): Delivery[] {
  if (wabaId === undefined) return [];
  return [{ from: "elsewhere", afterMs: 0, data: finishMessage({ branch: "app", wabaId }) }];
}

function fromMeta(data: unknown, afterMs = 0): Delivery {
  return { from: "meta", afterMs, data };
}
