import { noteContent } from "../support/known-content.ts";
import type { Simulator } from "../../simulator/simulator.ts";

/** Whoever the simulator makes up, and what it gives out to sign in with: no log may hold it. */
export function noteAllOf(simulator: Simulator): void {
  const { createBusiness, issueToken, issueCode } = simulator;
  simulator.createBusiness = (input) => {
    const business = createBusiness.call(simulator, input);
    noteContent("number", business.displayPhoneNumber);
    noteContent("text", business.verifiedName);
    for (const { phone, name, bsuid } of business.customers) {
      noteContent("number", phone);
      noteContent("text", name);
      noteContent("person", bsuid);
    }
    return business;
  };
  simulator.issueToken = (business) => {
    const token = issueToken.call(simulator, business);
    noteContent("token", token);
    return token;
  };
  simulator.issueCode = (business) => {
    const issued = issueCode.call(simulator, business);
    noteContent("token", issued.code);
    return issued;
  };
}
