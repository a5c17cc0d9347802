import { afterEach, beforeEach } from "vitest";
import { services } from "./seed.ts";

/** Of before any test's clock. */
const { setTimeout } = globalThis;

/**
 * For the tests of a file: waits that an operation makes in the Worker (for Meta to list what it was
 * told, for a guesser to lose patience) are over at once. Only where what happens meanwhile is not
 * what is tested.
 */
export function waitForNothing(): void {
  let patient: ReturnType<typeof services>["sleep"];
  beforeEach(() => {
    patient = services().sleep;
    // A turn each: a loop that asks and waits, by a clock that stands, would leave nobody else one.
    services().sleep = () => new Promise((resolve) => setTimeout(resolve, 0));
  });
  afterEach(() => {
    services().sleep = patient;
  });
}
