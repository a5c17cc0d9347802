import { listKeys } from "../database/customer-names.ts";
import { listFreshWamids, listProfileNames } from "../database/erase-customer-rows.ts";
import { insertErasure } from "../database/erasures.ts";
import { newId, sha256Hex } from "../lib/ids.ts";
import type { Erasure } from "../database/erasures.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/**
 * Notes that a customer is to be erased with all that is older than now: from here on it happens by
 * itself (run-erasure.ts). A customer that nobody has heard of is erased as well: their past cannot
 * come in by an import any more.
 *
 * @param customer phone digits or BSUID
 * @param askedBy "partner", or the operator's name
 */
export async function eraseCustomer(
  services: Services,
  sender: Sender,
  customer: string,
  askedBy: string,
): Promise<Erasure> {
  const now = services.now();
  const database = services.shard(sender.shard);
  const keys = await findCustomerKeys(database, sender.key, customer);
  // Now, since what comes until the work begins is of somebody new.
  const wamids = await listFreshWamids(database, sender.key, keys, now);
  const erasure: Erasure = {
    id: newId("erasure"),
    partner: sender.partner,
    sender: sender.key,
    senderId: sender.phoneNumberId,
    kind: "customer",
    askedBy,
    names: { asked: customer, keys, names: [], wamids },
    digests: null,
    until: now,
    state: "running",
    step: "object",
    place: null,
    waitsFor: null,
    counts: {},
    attempts: 0,
    createdAt: now,
    endedAt: null,
  };
  await insertErasure(services.registry, erasure);
  return erasure;
}

/** Every key that D1 knows a customer by, also by the names in their profiles. */
export async function findCustomerKeys(
  database: D1Database,
  sender: number,
  asked: string,
): Promise<string[]> {
  const known = await listKeys(database, sender, asked);
  const more = await listProfileNames(database, sender, known);
  const found = await Promise.all(more.map((name) => listKeys(database, sender, name)));
  return [...new Set([...known, ...found.flat()])];
}

/** What a name is told as: whoever has it recognises it, and the log holds none. */
export function nameDigest(erasure: string, name: string): string {
  return sha256Hex(`${erasure}:${name}`);
}
