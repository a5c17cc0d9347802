import { isLostAccess } from "../meta/graph-client.ts";
import { judgeSendError } from "../meta/graph-errors.ts";
import type { GraphResult } from "../meta/graph-client.ts";
import type { ErrorEffect } from "../meta/graph-errors.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/**
 * What a look at a number came to. `lost`: Meta does not show us the account; `gone`: the account,
 * but not the number; `off`: the number, not connected; `well`: all in order. `refused` says what is
 * wrong with the sender as a whole, such as its token; `unclear` says nothing.
 */
export type Verdict =
  | { is: "lost" | "gone" | "off" | "well" | "unclear" }
  | { is: "refused"; effect: ErrorEffect; code: number };

/**
 * Reads the account, and then the number by itself: another partner of the account, or another of
 * its numbers, may be meant by what Meta says (protocol.md 2.8). Only 100/33 is a verdict of loss.
 */
export async function judgeConnection(
  services: Services,
  token: string,
  sender: Pick<Sender, "wabaId" | "phoneNumberId">,
): Promise<Verdict> {
  const account = await services.graph.readWaba(token, sender.wabaId);
  if ("failed" in account) {
    return isLostAccess(account.failed) ? { is: "lost" } : readFailure(account.failed);
  }
  const number = await services.graph.readConnection(token, sender.phoneNumberId);
  if (!("failed" in number)) return { is: number.connected ? "well" : "off" };
  if (isLostAccess(number.failed)) return { is: "gone" };
  // The account is ours; that one of its nodes is not read for now is no reason to hold the number.
  return number.failed.kind === "unknown" ? { is: "unclear" } : { is: "well" };
}

function readFailure(failed: GraphResult): Verdict {
  if (failed.kind !== "error") return { is: "unclear" };
  const { effect } = judgeSendError(failed.status, failed.error);
  return effect === "block_token"
    ? { is: "refused", effect, code: failed.code ?? failed.status }
    : { is: "unclear" };
}
