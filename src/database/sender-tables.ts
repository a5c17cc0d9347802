/*
 * Every table that holds something of a sender, in one list: what erases a customer or a sender, and
 * what moves a sender to another shard, go by it. A test holds it to schema.ts, so that a table that
 * is added there has to be decided about here.
 */

/** Where rows of a sender lie. `shard`: in the sender's own; `everywhere`: also in the registry. */
type Place = "registry" | "shard" | "everywhere";

export interface SenderTable {
  name: string;
  at: Place;
  /** The column with the sender's key. */
  sender: string;
  /** Primary key without the sender, in its order: how rows are walked through. */
  key: readonly string[];
  /** The column with a customer's key, where a row is about one. */
  customer: string | null;
  /** The column whose text can name customers where no column of its own does. */
  content: string | null;
  /**
   * What erasing the sender does: its rows go; they lose their content; they stay, since they hold
   * ids, counts and times alone.
   */
  erasing: "rows" | "content" | "kept";
  /** Whether rows go along to another shard. */
  moves: boolean;
  /** The part of the export (routes/export.ts) that shows it; null: it is read elsewhere. */
  exportedAs: string | null;
}

const OF_SHARD = { at: "shard", sender: "sender", erasing: "rows", moves: true } as const;
const OF_REGISTRY = { at: "registry", moves: false, exportedAs: null } as const;
const PLAIN = { customer: null, content: null } as const;

export const SENDER_TABLES: readonly SenderTable[] = [
  {
    name: "messages",
    key: ["wamid"],
    customer: "customer",
    content: null,
    exportedAs: "messages",
    ...OF_SHARD,
  },
  {
    name: "media",
    key: ["wamid"],
    customer: "customer",
    content: null,
    exportedAs: "messages",
    ...OF_SHARD,
  },
  {
    name: "loose_changes",
    key: ["wamid"],
    customer: "customer",
    content: null,
    exportedAs: null,
    ...OF_SHARD,
  },
  {
    name: "customers",
    key: ["customer"],
    customer: "customer",
    content: null,
    exportedAs: "customers",
    ...OF_SHARD,
  },
  {
    name: "customer_keys",
    key: ["alias"],
    customer: "customer",
    content: null,
    exportedAs: "customers",
    ...OF_SHARD,
  },
  {
    name: "contacts",
    key: ["customer"],
    customer: "customer",
    content: null,
    exportedAs: "contacts",
    ...OF_SHARD,
  },
  {
    name: "conversations",
    key: ["customer"],
    customer: "customer",
    content: null,
    exportedAs: "conversations",
    ...OF_SHARD,
  },
  {
    name: "preferences",
    key: ["customer", "category"],
    customer: "customer",
    content: null,
    exportedAs: null,
    ...OF_SHARD,
  },
  {
    name: "conversions",
    key: ["id"],
    customer: "customer",
    content: null,
    exportedAs: null,
    ...OF_SHARD,
  },
  {
    name: "notices",
    key: ["at", "id"],
    customer: null,
    content: "data",
    exportedAs: null,
    ...OF_SHARD,
  },
  { name: "syncs", key: ["generation", "kind"], exportedAs: "syncs", ...PLAIN, ...OF_SHARD },
  { name: "history_chunks", key: ["chunk"], exportedAs: "syncs", ...PLAIN, ...OF_SHARD },
  // In the shard what a number's own object could not use, in the registry what nobody was there for.
  {
    name: "unrouted",
    key: ["id"],
    customer: null,
    content: "raw",
    exportedAs: null,
    ...OF_SHARD,
    at: "everywhere",
  },
  // Delivered messages by price: counts that are billed by, without a name.
  {
    name: "usage",
    key: ["day", "category", "type"],
    exportedAs: null,
    ...PLAIN,
    ...OF_SHARD,
    erasing: "kept",
  },
  // seq and fence: without them a late batch would begin anew.
  { name: "heads", key: [], exportedAs: null, ...PLAIN, ...OF_SHARD, erasing: "kept" },
  // Positions and seq stay, or readers would lose their place. They stay in the shard they came in.
  {
    name: "events",
    at: "shard",
    sender: "sender",
    key: ["pos"],
    customer: null,
    content: "data",
    erasing: "content",
    moves: false,
    exportedAs: null,
  },
  {
    name: "senders",
    sender: "key",
    key: [],
    erasing: "content",
    ...PLAIN,
    ...OF_REGISTRY,
    exportedAs: "sender",
  },
  {
    name: "outgoing_media",
    sender: "sender",
    key: ["media"],
    erasing: "rows",
    ...PLAIN,
    ...OF_REGISTRY,
  },
  {
    name: "dead_letters",
    sender: "sender",
    key: ["id"],
    customer: null,
    content: "body",
    erasing: "rows",
    ...OF_REGISTRY,
  },
  { name: "audit", sender: "sender", key: ["at", "id"], erasing: "kept", ...PLAIN, ...OF_REGISTRY },
  {
    name: "erasures",
    sender: "sender",
    key: ["id"],
    customer: null,
    content: "names",
    erasing: "kept",
    ...OF_REGISTRY,
  },
  { name: "moves", sender: "sender", key: ["id"], erasing: "kept", ...PLAIN, ...OF_REGISTRY },
];

/** Tables of which no row belongs to a sender; what they have to do with one, where anything. */
export const TABLES_OF_NO_SENDER: Readonly<Record<string, string>> = {
  partners: "Of partners.",
  api_keys:
    "Name the senders that they are for by phone_number_id: the partner's choice, not content.",
  endpoints: "The same.",
  datasets: "Of an account: goes with the partner's last sender of it.",
  signup_sessions: "Name a number while it is being connected: those of an erased sender go.",
  positions: "Of partners: how far each log is.",
  history_bodies: "Names of raw bodies in the archive, by time and hash.",
  sign_in_attempts: "Of operators' sign-ins.",
  marks: "Of sweeps.",
};

/** Tables of a number's object: whose rows name a customer, by which column. */
export const OBJECT_TABLES: Readonly<Record<string, string | null>> = {
  settings: null,
  journal: "fact",
  windows: "customer",
  aliases: "alias",
  outbox: "customer",
  // By what partners chose as keys, for a day; they lead to the outbox.
  idempotency: null,
  batches: null,
  thread_owners: "customer",
  // Another partner's until it confirms (invariant 8): not its to erase who holds the number so far.
  expected: "fact",
  tombstones: "name",
};

/** Tables of a sender's shard that move with it, or that erasing empties. */
export function shardTables(of: (table: SenderTable) => boolean): readonly SenderTable[] {
  return SENDER_TABLES.filter((table) => table.at !== "registry" && of(table));
}
