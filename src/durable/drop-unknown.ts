import { listKnownWamids } from "../database/known-wamids.ts";
import type { JournalRow } from "./journal.ts";

/**
 * Leaves out what is about messages of erased customers that are not there: a late status or an edit
 * would bring back a row of theirs. Asks D1 only where a batch has such facts, which hardly any has.
 */
export async function dropUnknown(
  database: D1Database,
  sender: number,
  rows: JournalRow[],
): Promise<JournalRow[]> {
  const doubted = rows.filter(({ derived }) => derived.ifKnown === true);
  if (doubted.length === 0) return rows;
  const comes = new Set(
    rows.map(({ fact }) =>
      fact.kind === "message" || fact.kind === "settled" ? fact.wamid : undefined,
    ),
  );
  const asked = doubted.map((row) => aboutOf(row));
  const known = await listKnownWamids(database, sender, asked);
  return rows.filter((row) => {
    if (row.derived.ifKnown !== true) return true;
    const { wamid } = aboutOf(row);
    return comes.has(wamid) || known.has(wamid);
  });
}

/** Which message a fact is about. */
function aboutOf({ fact, derived }: JournalRow) {
  const customer = derived.customer ?? "";
  if (fact.kind === "edit" || fact.kind === "revoke") {
    return { wamid: fact.target, customer, at: fact.at, patterns: fact.patterns ?? [] };
  }
  const wamid = fact.kind === "status" || fact.kind === "detection" ? fact.wamid : "";
  return { wamid, customer, at: 0, patterns: [] };
}
