import type { Business } from "../../simulator/simulator.ts";

/** What a shop's customers and its owner did, by wamid: what the gateway has to end up with. */
export class ShopDiary {
  readonly business: Business;
  /** Whether its owner signed up and its history came in, or an operator brought it along. */
  readonly isSignedUp: boolean;
  readonly received = new Set<string>();
  readonly echoed = new Set<string>();
  /** wamid of the change, and of the message that was changed. */
  readonly edits = new Map<string, string>();
  readonly revokes = new Map<string, string>();
  /** Messages that came with a file. */
  readonly files = new Set<string>();
  /** Messages that D1 was made to refuse for good. */
  readonly poisoned = new Set<string>();
  /** Customers whose own message opened a window. */
  readonly wrote = new Set<string>();
  readonly wishes: Wish[] = [];

  constructor(business: Business, { isSignedUp }: { isSignedUp: boolean }) {
    this.business = business;
    this.isSignedUp = isSignedUp;
  }
}

/** One thing that a partner's backend wants sent, whatever it takes to say so. */
export interface Wish {
  /** Our ids of its sends, once an answer has named them. */
  sends: string[];
  /** `refused`: no send was made of it. */
  state: "open" | "named" | "refused" | "never answered";
  /** Why it had to be asked again, the last time. */
  last: string;
}
