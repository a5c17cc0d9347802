import type { OperatorHoldView } from "./operator-hold.ts";
import type { Block, SenderPhase } from "./sender-state.ts";

/** How a number stands at this instant, in counts alone. Times are epoch ms. */
export interface PhoneFigures {
  phase: SenderPhase;
  reason: string | null;
  block: Block | null;
  hold: OperatorHoldView | null;
  /** Customers to whom free text may be sent now. */
  windowsOpen: number;
  queued: number;
  /** Sends that have their place and no outcome yet. */
  placed: number;
  unknown: number;
  oldestQueuedAt: number | null;
  pace: {
    /** Places used in each of the last 120 seconds, the oldest first; live inbound ones count. */
    used: number[];
    /** What the number may use of Meta's 20 at present. */
    placesASecond: number;
    /** Meta found it too fast: no place before this. */
    heldUntil: number | null;
  };
  /** Facts on their way to D1, and when the oldest came to the door. */
  journal: number;
  journalSince: number | null;
  /** The last sign that the phone is in use, to the hour; null before the first. */
  phoneSeenAt: number | null;
  at: number;
}
