import { writeMark } from "../database/marks.ts";
import { randomText } from "../lib/ids.ts";
import { noteAudit } from "./note-audit.ts";
import type { Services } from "../services.ts";

/** The mark of an operator's last sign-out; the operator's name follows. */
export const SIGNED_OUT = "console.signed_out.";

/**
 * Ends every session of an operator: each carries the mark that was there at its sign-in. Not a
 * time, which two steps within a millisecond would share.
 */
export async function signOut(services: Services, operator: string): Promise<void> {
  await noteAudit(services, { operator, action: "console.sign_out" });
  await writeMark(services.registry, `${SIGNED_OUT}${operator}`, randomText(80));
}
