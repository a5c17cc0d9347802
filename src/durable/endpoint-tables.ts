/** An endpoint's own tables: an append-only list, as in tables.ts. */
export const ENDPOINT_TABLES = [
  // Configuration, progress, health and what the registry is owed; one row a name, JSON values.
  `CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,
  // Events that failed at least once, or were asked for again. ended_at: of the last attempt.
  `CREATE TABLE deliveries (event TEXT PRIMARY KEY, shard TEXT NOT NULL, pos INTEGER NOT NULL,
     sender_id TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL,
     failures INTEGER NOT NULL, next_at INTEGER, ended_at INTEGER NOT NULL,
     attempts TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE INDEX deliveries_due ON deliveries (state, next_at) WHERE next_at IS NOT NULL`,
  `CREATE INDEX deliveries_ended ON deliveries (ended_at, event)`,
  // Events that were taken at the first attempt: many to a row, in the order they ended.
  `CREATE TABLE told (n INTEGER PRIMARY KEY, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
     items TEXT NOT NULL)`,
  // An order to tell again, how far it is, and what came of it.
  `CREATE TABLE replays (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, wanted TEXT NOT NULL,
     state TEXT NOT NULL, told INTEGER NOT NULL, taken INTEGER NOT NULL, place TEXT NOT NULL,
     created_at INTEGER NOT NULL, ended_at INTEGER)`,
] as const;
