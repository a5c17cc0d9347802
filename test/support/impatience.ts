import { afterEach, beforeEach, vi } from "vitest";
import { services } from "./seed.ts";

/**
 * For the tests of a file: waits that an operation makes in the Worker (for Meta to list what it was
 * told, for a guesser to lose patience) are over at once. Only where what happens meanwhile is not
 * what is tested.
 */
export function waitForNothing(): void {
  let patient: ReturnType<typeof services>["sleep"];
  beforeEach(() => {
    patient = services().sleep;
    services().sleep = (ms) => {
      // Where a test has stopped the clock, whoever waits for an instant would wait for ever.
      if (vi.isFakeTimers()) vi.setSystemTime(Date.now() + ms);
      return Promise.resolve();
    };
  });
  afterEach(() => {
    services().sleep = patient;
  });
}
