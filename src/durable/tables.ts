/**
 * The object's tables, as an append-only list: a step that was released is never changed, a new
 * one goes to the end. Raw SQL, since drizzle costs eight times as much on this path.
 */
export const TABLES = [
  // Configuration, state, fence and marks, one row a name, JSON values.
  `CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,
  // Facts on their way to D1. n only grows: D1's fence is compared with it.
  `CREATE TABLE journal (n INTEGER PRIMARY KEY, key TEXT NOT NULL, fact TEXT NOT NULL,
     received_at INTEGER NOT NULL)`,
  // One row a customer who wrote live: closes_at is the last message + 24 h.
  `CREATE TABLE windows (customer TEXT PRIMARY KEY, closes_at INTEGER NOT NULL,
     refuted_at INTEGER NOT NULL) WITHOUT ROWID`,
  // Other names of a customer: BSUIDs, former numbers, spelling variants.
  `CREATE TABLE aliases (alias TEXT PRIMARY KEY, customer TEXT NOT NULL) WITHOUT ROWID`,
  // Sends, from admission to a while after their outcome. An id carries its n.
  `CREATE TABLE outbox (n INTEGER PRIMARY KEY, id TEXT NOT NULL, sender INTEGER NOT NULL,
     customer TEXT NOT NULL,
     queued INTEGER NOT NULL, state TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
     callback TEXT, admitted_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
     place_at INTEGER, settled_at INTEGER, wamid TEXT, outcome TEXT, attempt TEXT,
     take_control INTEGER NOT NULL, drainer TEXT)`,
  // Only what is yet to be done is indexed. ORs, not IN: SQLite matches a term of the index's WHERE.
  `CREATE INDEX outbox_open ON outbox (state, n)
     WHERE state = 'queued' OR state = 'placed' OR state = 'unknown'`,
  // Idempotency keys of the last 24 h.
  `CREATE TABLE idempotency (key TEXT PRIMARY KEY, body_hash TEXT NOT NULL, n INTEGER NOT NULL,
     at INTEGER NOT NULL) WITHOUT ROWID`,
  // A batch is admitted in one step, so its sends are a range of n.
  `CREATE TABLE batches (id TEXT PRIMARY KEY, sender INTEGER NOT NULL, first INTEGER NOT NULL,
     last INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID`,
  // Customers whose thread was ever another responder's: who holds it, and since when.
  `CREATE TABLE thread_owners (customer TEXT PRIMARY KEY, owner TEXT NOT NULL,
     at INTEGER NOT NULL) WITHOUT ROWID`,
  // When a customer gave a number up (epoch ms): from then on it is whoever writes from it.
  `ALTER TABLE aliases ADD COLUMN until INTEGER`,
  // What came for a partner that has subscribed and not confirmed yet, while a former one holds.
  `CREATE TABLE expected (key TEXT PRIMARY KEY, fact TEXT NOT NULL,
     received_at INTEGER NOT NULL) WITHOUT ROWID`,
  // The request that a fact or a send came by: lines about it, and its event, go by that id.
  `ALTER TABLE journal ADD COLUMN request_id TEXT`,
  `ALTER TABLE outbox ADD COLUMN request_id TEXT`,
  `ALTER TABLE expected ADD COLUMN request_id TEXT`,
  // Erased customers, by keyed hashes of their names: what is older than until stays away.
  `CREATE TABLE tombstones (sender INTEGER NOT NULL, name TEXT NOT NULL, from_at INTEGER NOT NULL,
     until INTEGER NOT NULL, PRIMARY KEY (sender, name)) WITHOUT ROWID`,
] as const;

/** Brings an object's tables up to date; synchronous, in the constructor. */
export function applyTables(storage: DurableObjectStorage, steps: readonly string[]): void {
  storage.sql.exec(`CREATE TABLE IF NOT EXISTS table_steps (done INTEGER NOT NULL)`);
  const [row] = storage.sql.exec<{ done: number }>(`SELECT done FROM table_steps`).toArray();
  const done = row?.done ?? 0;
  if (done >= steps.length) return;
  storage.transactionSync(() => {
    for (const step of steps.slice(done)) storage.sql.exec(step);
    storage.sql.exec(`DELETE FROM table_steps`);
    storage.sql.exec(`INSERT INTO table_steps (done) VALUES (?)`, steps.length);
  });
}
