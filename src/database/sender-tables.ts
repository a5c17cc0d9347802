/*
 * Every table that holds something of a sender, in one list: what erases a customer or a sender, and
 * what moves a sender to another shard, go by it. Its test holds it to schema.ts and to the export,
 * so that a table that is added has to be decided about: here, or there as one of no sender.
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
}

const OF_SHARD = { at: "shard", sender: "sender", erasing: "rows", moves: true } as const;
const OF_REGISTRY = { at: "registry", moves: false } as const;
const PLAIN = { customer: null, content: null } as const;

export const SENDER_TABLES: readonly SenderTable[] = [
  {
    name: "messages",
    key: ["wamid"],
    customer: "customer",
    content: null,
    ...OF_SHARD,
  },
  {
    name: "media",
    key: ["wamid"],
    customer: "customer",
    content: null,
    ...OF_SHARD,
  },
  {
    name: "loose_changes",
    key: ["wamid"],
    customer: "customer",
    content: null,
    ...OF_SHARD,
  },
  {
    name: "customers",
    key: ["customer"],
    customer: "customer",
    content: null,
    ...OF_SHARD,
  },
  {
    name: "customer_keys",
    key: ["alias"],
    customer: "customer",
    content: null,
    ...OF_SHARD,
  },
  {
    name: "contacts",
    key: ["customer"],
    customer: "customer",
    content: null,
    ...OF_SHARD,
  },
  {
    name: "conversations",
    key: ["customer"],
    customer: "customer",
    content: null,
    ...OF_SHARD,
  },
  {
    name: "preferences",
    key: ["customer", "category"],
    customer: "customer",
    content: null,
    ...OF_SHARD,
  },
  {
    name: "conversions",
    key: ["id"],
    customer: "customer",
    content: null,
    ...OF_SHARD,
  },
  {
    name: "notices",
    key: ["at", "id"],
    customer: null,
    content: "data",
    ...OF_SHARD,
  },
  { name: "syncs", key: ["generation", "kind"], ...PLAIN, ...OF_SHARD },
  { name: "history_chunks", key: ["chunk"], ...PLAIN, ...OF_SHARD },
  // In the shard what a number's own object could not use, in the registry what nobody was there for.
  {
    name: "unrouted",
    key: ["id"],
    customer: null,
    content: "raw",
    ...OF_SHARD,
    at: "everywhere",
  },
  // Delivered messages by price: counts that are billed by, without a name.
  {
    name: "usage",
    key: ["day", "category", "type"],
    ...PLAIN,
    ...OF_SHARD,
    erasing: "kept",
  },
  // seq and fence: without them a late batch would begin anew.
  { name: "heads", key: [], ...PLAIN, ...OF_SHARD, erasing: "kept" },
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
  },
  {
    name: "senders",
    sender: "key",
    key: [],
    erasing: "content",
    ...PLAIN,
    ...OF_REGISTRY,
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

/** Tables of a sender's shard that move with it, or that erasing empties. */
export function shardTables(of: (table: SenderTable) => boolean): readonly SenderTable[] {
  return SENDER_TABLES.filter((table) => table.at !== "registry" && of(table));
}
