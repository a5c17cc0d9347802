import { findTargets } from "../database/read-targets.ts";
import { asObject, asText } from "../meta/read-json.ts";
import { wamidPatterns } from "../meta/wamid-token.ts";
import type { StoredConversation } from "../database/read-conversations.ts";
import type { StoredMessage } from "../database/read-messages.ts";

/** A stored message and, by Meta's ids, the messages of ours that it speaks of. */
export type LinkedMessage<T extends StoredMessage> = T & { targets: ReadonlyMap<string, string> };

/** Finds what quotes and reactions among messages are about. One query, and none where none is. */
export async function linkMessages<T extends StoredMessage>(
  database: D1Database,
  sender: number,
  rows: T[],
): Promise<LinkedMessage<T>[]> {
  const refs = rows.flatMap((row) =>
    spokenOf(row).map((wamid) => {
      const patterns = wamidPatterns(wamid);
      const { wamid: speaker, customer, at } = row;
      return { speaker, wamid, customer, at, ...(patterns === undefined ? {} : { patterns }) };
    }),
  );
  const targets = await findTargets(database, sender, refs);
  return rows.map((row) => ({ ...row, targets: targets.get(row.wamid) ?? new Map() }));
}

/** A conversation whose newest message is linked. */
export type LinkedConversation = StoredConversation & { last: LinkedMessage<StoredMessage> | null };

/** The same for the newest messages of conversations. */
export async function linkConversations(
  database: D1Database,
  sender: number,
  rows: StoredConversation[],
): Promise<LinkedConversation[]> {
  const newest = rows.flatMap((row) => row.last ?? []);
  const linked = await linkMessages(database, sender, newest);
  const byWamid = new Map(linked.map((message) => [message.wamid, message]));
  return rows.map((row) => ({ ...row, last: byWamid.get(row.last?.wamid ?? "") ?? null }));
}

/** Meta's ids of the messages that one quotes or reacts to. */
function spokenOf(row: StoredMessage): string[] {
  if (row.body === null) return [];
  const body = asObject(JSON.parse(row.body));
  const quoted = asText(asObject(body?.["context"])?.["id"]);
  const sent = asText(asObject(body?.["context"])?.["message_id"]); // as a send of ours says it
  const reacted = asText(asObject(body?.["reaction"])?.["message_id"]);
  return [quoted, sent, reacted].filter((wamid) => wamid !== undefined);
}
