/** The tables of the alarms' object: an append-only list, as in tables.ts. */
export const ALARM_TABLES = [
  // When the sweeps reported last, and counts of what is told in number; JSON values.
  `CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,
  // "pending": not yet as long as is worth telling; "open"; "cleared". tell_at: of the next post.
  `CREATE TABLE alarms (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, alarm TEXT NOT NULL,
     subject TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL, detail TEXT NOT NULL,
     path TEXT NOT NULL, count INTEGER NOT NULL, folded INTEGER NOT NULL, found_at INTEGER NOT NULL,
     raised_at INTEGER, tell_at INTEGER, told INTEGER NOT NULL, told_count INTEGER NOT NULL,
     taken_at INTEGER, acknowledged_by TEXT, acknowledged_at INTEGER, cleared_at INTEGER)`,
  // One of a kind and subject at a time.
  `CREATE UNIQUE INDEX alarms_now ON alarms (alarm, subject) WHERE state != 'cleared'`,
  // What the webhook has not taken yet, in the order it came about.
  `CREATE TABLE posts (n INTEGER PRIMARY KEY, id TEXT NOT NULL, alarm TEXT NOT NULL,
     letter TEXT NOT NULL, made_at INTEGER NOT NULL, tries INTEGER NOT NULL,
     next_at INTEGER NOT NULL)`,
  // One cause can be ten thousand numbers': what each call asks reads a few rows of them.
  `CREATE INDEX alarms_open ON alarms (alarm, folded, since) WHERE state = 'open'`,
  `CREATE INDEX alarms_pending ON alarms (found_at) WHERE state = 'pending'`,
  `CREATE INDEX alarms_told ON alarms (tell_at) WHERE tell_at IS NOT NULL`,
] as const;
