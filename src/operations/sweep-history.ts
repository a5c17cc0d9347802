import { judgeSenderHistory } from "./judge-history.ts";
import { visitOpenSyncs } from "./visit-open-syncs.ts";
import type { Services } from "../services.ts";

/** Looks at imports under way: a quiet spell completes one, a long silence makes it stalled. */
export function sweepHistory(services: Services): Promise<number> {
  return visitOpenSyncs(services, "history", async (sender) => {
    return (await judgeSenderHistory(services, sender)).state;
  });
}
