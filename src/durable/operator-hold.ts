import { refuseOperatorHold } from "./refusals.ts";
import type { Refusal } from "./send-types.ts";
import type { SettingsStore } from "./settings-store.ts";

/** An operator stopped a number's sends. */
export interface OperatorHoldView {
  operator: string;
  /** In the operator's words; the partner reads it in refusals. */
  reason: string;
  /** Epoch ms. */
  since: number;
}

const NAME = "operatorHold";

/**
 * Whether an operator holds a number's sends: what would leave at once is refused, what is queued
 * waits. Beside the state, which is about the connection, and stays as it is.
 */
export class OperatorHold {
  readonly #settings: SettingsStore;

  constructor(settings: SettingsStore) {
    this.#settings = settings;
  }

  get current(): OperatorHoldView | null {
    return this.#settings.get<OperatorHoldView | null>(NAME) ?? null;
  }

  /** Holds; a number that is held keeps the hold it has. @returns the hold in force */
  hold(operator: string, reason: string, now: number): OperatorHoldView {
    const hold = this.current ?? { operator, reason, since: now };
    if (this.current === null) this.#settings.set(NAME, hold);
    return hold;
  }

  release(): void {
    if (this.current !== null) this.#settings.set(NAME, null);
  }

  refusal(): Refusal | null {
    return this.current === null ? null : refuseOperatorHold(this.current);
  }
}
