import { errorKind, log } from "../lib/log.ts";

/**
 * An object's one alarm. To set it is a billed row, so it is set only where none stands early
 * enough.
 */
export class Alarm {
  readonly #ctx: DurableObjectState;
  #at: number | null = null;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** Sees to it that the object looks again at this instant (epoch ms), or before. */
  setFor(at: number): void {
    // One whose time is past did not come: it counts as lost.
    const armed = this.#at !== null && this.#at <= at && this.#at > Date.now();
    if (armed) return;
    this.#at = at;
    this.#ctx.waitUntil(
      this.#ctx.storage.setAlarm(at).catch((err: unknown) => {
        this.#at = null;
        log.error("object.failed", { reason: "alarm", error: errorKind(err) });
      }),
    );
  }

  /** It went off, or was taken away. */
  isOver(): void {
    this.#at = null;
  }
}
