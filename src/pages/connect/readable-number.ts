import { parsePhone } from "../../lib/phone-plans.ts";

/** A number in E.164 as people write it: "+55 11 91234 5678". */
export function readable(number: string): string {
  return parsePhone(number)?.formatInternational() ?? number;
}
