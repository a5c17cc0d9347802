import { noteContent } from "../support/known-content.ts";
import type { Simulator } from "../../simulator/simulator.ts";

/** Whoever the simulator makes up, and what it gives out to sign in with: no log may hold it. */
export function noteAllOf(simulator: Simulator): void {
  after(simulator, "createBusiness", (business) => {
    noteContent("number", business.displayPhoneNumber);
    noteContent("text", business.verifiedName);
    for (const { phone, name, bsuid } of business.customers) {
      noteContent("number", phone);
      noteContent("text", name);
      noteContent("person", bsuid);
    }
  });
  after(simulator, "issueToken", (token) => noteContent("token", token));
  after(simulator, "issueCode", ({ code }) => noteContent("token", code));
}

/** Looks at what a method answers. */
function after<Method extends "createBusiness" | "issueToken" | "issueCode">(
  simulator: Simulator,
  method: Method,
  look: (answer: ReturnType<Simulator[Method]>) => void,
): void {
  const real = simulator[method].bind(simulator) as (...args: unknown[]) => never;
  Object.assign(simulator, {
    [method]: (...args: unknown[]) => {
      const answer: ReturnType<Simulator[Method]> = real(...args);
      look(answer);
      return answer;
    },
  });
}
