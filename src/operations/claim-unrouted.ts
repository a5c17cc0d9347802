import * as z from "zod";
import { GENERATION_TOLERANCE_MS } from "../lib/generation.ts";
import { routeName } from "./keep-unrouted.ts";
import { requestIdNow } from "../lib/request-id.ts";
import type { Sender } from "../database/senders.ts";
import type { Fact } from "../meta/facts.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 200;
const keptFact = z.custom<Fact>(
  (fact) => typeof fact === "object" && fact !== null && "kind" in fact && fact.kind !== "raw",
);

/**
 * Hands a number what was said of its account while nobody knew whose it was: between subscription
 * and confirmation an owner can change their mind. The object drops what is older than it cares for.
 */
export async function claimUnrouted(services: Services, sender: Sender): Promise<void> {
  const routes = [
    routeName({ by: "waba", value: sender.wabaId }),
    routeName({ by: "display", value: sender.displayPhoneNumber }),
  ];
  const { results } = await services.registry
    .prepare(
      `SELECT raw, at FROM unrouted
       WHERE route IN (SELECT value FROM json_each(?1)) AND at >= ?2 ORDER BY at LIMIT ?3`,
    )
    .bind(JSON.stringify(routes), sender.generation - GENERATION_TOLERANCE_MS, AT_ONCE)
    .all<{ raw: string; at: number }>();
  for (const row of results) {
    const fact = keptFact.safeParse(JSON.parse(row.raw));
    if (fact.success)
      await services.phone(sender.phoneNumberId).ingest([fact.data], row.at, requestIdNow());
  }
}
