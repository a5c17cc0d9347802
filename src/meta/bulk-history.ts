/** Below this a body is read at once: it costs a millisecond. */
const BULK_BYTES = 256_000;
/** How much of a body's beginning and end is looked at. */
const EDGE_BYTES = 8_000;

/**
 * Whether a body is large and shows at its edges, without being parsed, that it brings history:
 * parsing 3 MB costs several times what its signature does, and looking for a key in all of it
 * nearly as much. Meta names a change's field before or behind its value, so each edge of a body
 * with one change has the one field or none.
 *
 * Within a JSON text a quote is escaped, so `"field":"history"` is a key and its value. A body that
 * holds more than its edges show loses nothing: whoever splits an unread body takes every fact out
 * of it (operations/accept-webhook.ts), only later.
 *
 * @param raw the verified bytes
 */
export function isBulkHistory(raw: Uint8Array): boolean {
  if (raw.byteLength < BULK_BYTES) return false;
  const edges = [raw.subarray(0, EDGE_BYTES), raw.subarray(-EDGE_BYTES)].map((edge) =>
    Buffer.from(edge).toString("latin1"),
  );
  const fields = edges.flatMap((edge) => [...edge.matchAll(FIELD)]);
  return fields.length > 0 && fields.every(([, name]) => name === "history");
}

const FIELD = /"field"\s*:\s*"(\w+)"/g;
