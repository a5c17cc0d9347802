import { afterEach, beforeEach } from "vitest";
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
    services().sleep = () => Promise.resolve();
  });
  afterEach(() => {
    services().sleep = patient;
  });
}
