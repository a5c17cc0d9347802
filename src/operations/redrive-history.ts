import { listStrandedPagesOf } from "../database/history.ts";
import { findHeldSender } from "../database/senders.ts";
import { sendAllPointers } from "../lib/send-pointers.ts";
import { judgeSenderHistory } from "./judge-history.ts";
import { listOpenBodies } from "./list-open-bodies.ts";
import { pointAtPages } from "./split-history-body.ts";
import type { Sender } from "../database/senders.ts";
import type { SyncState } from "../database/syncs.ts";
import type { Services } from "../services.ts";

const PAGES_AT_ONCE = 500;
const BODIES_AT_ONCE = 100;

export interface Redrive {
  /** Pages and raw bodies that were pointed at again. */
  pages: number;
  bodies: number;
  /** More is missing than one call takes. */
  more: boolean;
  state: SyncState;
}

async function listBodiesOf(services: Services, number: string): Promise<string[]> {
  const open = await listOpenBodies(services);
  return open.flatMap(({ key, numbers }) => (numbers.includes(number) ? [key] : []));
}

/**
 * Points again at everything of a sender that is in the archive and not stored, and judges its
 * import anew. Bounded; asked again it changes nothing, since a page is stored and a body split
 * once. Bodies are a number's: they are the business of whoever holds it now.
 */
export async function redriveHistory(services: Services, sender: Sender): Promise<Redrive> {
  const { partner, phoneNumberId } = sender;
  const database = services.shard(sender.shard);
  const isHeld = (await findHeldSender(services.registry, partner, phoneNumberId)) !== null;
  const [pages, bodies] = await Promise.all([
    listStrandedPagesOf(database, sender.key, services.now(), PAGES_AT_ONCE + 1),
    isHeld ? listBodiesOf(services, phoneNumberId) : [],
  ]);
  const some = { pages: pages.slice(0, PAGES_AT_ONCE), bodies: bodies.slice(0, BODIES_AT_ONCE) };
  await pointAtPages(services, some.pages);
  await sendAllPointers(
    services.queues.history,
    some.bodies.map((key) => ({ key })),
  );
  return {
    pages: some.pages.length,
    bodies: some.bodies.length,
    more: pages.length > PAGES_AT_ONCE || bodies.length > BODIES_AT_ONCE,
    state: await judgeSenderHistory(services, sender),
  };
}
