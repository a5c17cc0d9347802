import { findHeldSender } from "../database/senders.ts";
import { sendAllPointers } from "../lib/send-pointers.ts";
import { explainRedrive } from "./explain-sync.ts";
import { judgeSenderHistory } from "./judge-history.ts";
import { listOpenBodies } from "./list-open-bodies.ts";
import type { Sender } from "../database/senders.ts";
import type { SyncState } from "../database/syncs.ts";
import type { Services } from "../services.ts";

const BODIES_AT_ONCE = 100;

export interface Redrive {
  /** Raw bodies that were pointed at again; pages that are missing are in them. */
  bodies: number;
  /** More is missing than one call takes. */
  more: boolean;
  state: SyncState;
  /** What will happen now, for people. */
  words: string;
}

/**
 * Points again at everything of a sender that is in the archive and not stored, and judges its
 * import anew. Bounded; asked again it changes nothing, since a page is stored once. Bodies are a
 * number's: they are the business of whoever holds it now.
 */
export async function redriveHistory(services: Services, sender: Sender): Promise<Redrive> {
  const { partner, phoneNumberId } = sender;
  const isHeld = (await findHeldSender(services.registry, partner, phoneNumberId)) !== null;
  const { open, next } = isHeld ? await listOpenBodies(services) : { open: [], next: null };
  const theirs = open.filter(({ numbers }) => numbers.includes(phoneNumberId));
  const some = theirs.slice(0, BODIES_AT_ONCE).map(({ key }) => ({ key }));
  await sendAllPointers(services.queues.history, some);
  const { state } = await judgeSenderHistory(services, sender);
  const more = theirs.length > BODIES_AT_ONCE || next !== null;
  const redrive = { bodies: some.length, more, state };
  return { ...redrive, words: explainRedrive(redrive, isHeld) };
}
