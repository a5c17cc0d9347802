import { absent } from "./graph-answer.ts";
import type { GraphRefusal } from "./graph-answer.ts";
import type { Services } from "../services.ts";

export type Access = { kind: "ok"; token: string } | { kind: "refused"; refusal: GraphRefusal };

/**
 * The token of a number for its partner, as the number's object allows it.
 *
 * @param use to write takes an active number; to read, one that is not disconnected
 */
export async function openAccess(
  services: Services,
  partner: string,
  phoneNumberId: string,
  use: "read" | "write",
): Promise<Access> {
  const found = await services.phone(phoneNumberId).credentials(partner, use);
  if (found.kind === "not_found") return { kind: "refused", refusal: absent(phoneNumberId) };
  if (found.kind === "refused") return found;
  const { token, tokenBoundTo } = found.credentials;
  return { kind: "ok", token: await services.vault.open(token, tokenBoundTo) };
}
