import { findSync, moveSync } from "../database/syncs.ts";
import { visitOpenSyncs } from "./visit-open-syncs.ts";
import { weighContacts } from "./weigh-contacts.ts";
import type { Services } from "../services.ts";

/** Looks at contacts that were asked for: what does not come is stalled, and after a day over. */
export function sweepContacts(services: Services): Promise<number> {
  return visitOpenSyncs(services, "contacts", async (sender, before) => {
    const database = services.shard(sender.shard);
    const sync = await findSync(database, sender.key, sender.generation, "contacts");
    const state = sync === null ? before : weighContacts(sync, services.now());
    if (sync !== null && state !== sync.state) {
      const { key, generation } = sender;
      await moveSync(database, key, generation, "contacts", state, services.now()).run();
    }
    return state;
  });
}
