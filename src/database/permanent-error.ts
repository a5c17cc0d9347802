/**
 * Whether D1 will refuse the same rows again: SQLite's own complaint about the rows themselves.
 * Everything else may pass: the network, a reset, a table that a late migration has yet to make, and
 * overload, whose text ("Requests queued for too long", platform.md 1.2) must not be taken for a
 * value that is too long.
 */
export function isPermanentError(err: unknown): boolean {
  const message = err instanceof Error ? err.message : String(err);
  if (/overloaded|queued for too long/i.test(message)) return false;
  return /SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE)|malformed JSON|string or blob too big/.test(
    message,
  );
}
