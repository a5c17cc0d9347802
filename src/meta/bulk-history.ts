/** Below this a body is read at once: it costs a millisecond. */
const BULK_BYTES = 256_000;
/** How much of a body's beginning and end is looked at. */
const EDGE_BYTES = 8_000;

/**
 * What a large body shows at its edges, without being parsed, if that is history and nothing else:
 * parsing 3 MB costs several times what its signature does, and looking for a key in all of it
 * nearly as much. Meta names a change's field before or behind its value, so each edge of a body
 * with one change has the one field or none.
 *
 * Within a JSON text a quote is escaped, so `"field":"history"` is a key and its value. A body that
 * holds more than its edges show loses nothing: whoever splits an unread body takes every fact out
 * of it (operations/accept-webhook.ts), only later.
 *
 * @param raw the verified bytes
 * @returns the numbers it names there, of which it may bring more; null for a body to be read
 */
export function readBulkHistory(raw: Uint8Array): { numbers: string[] } | null {
  if (raw.byteLength < BULK_BYTES) return null;
  const edges = [raw.subarray(0, EDGE_BYTES), raw.subarray(-EDGE_BYTES)].map((edge) =>
    Buffer.from(edge).toString("latin1"),
  );
  const named = (key: RegExp) =>
    edges.flatMap((edge) => [...edge.matchAll(key)].map(([, value]) => value ?? ""));
  const fields = named(FIELD);
  if (fields.length === 0 || fields.some((field) => field !== "history")) return null;
  return { numbers: [...new Set(named(NUMBER))] };
}

const NUMBER = /"phone_number_id"\s*:\s*"?(\d+)/g;
const FIELD = /"field"\s*:\s*"(\w+)"/g;
