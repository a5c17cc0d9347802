const CHUNK_BYTES = 65_536;
/** How much of a body is read only to be dropped. */
const DROP_MAX_BYTES = 128 * 1_024 * 1_024;

/**
 * Reads a body to its end through one buffer, so that a large one leaves no garbage behind. When
 * `take` fails, what is left is read and dropped: a caller that is still writing would not see the
 * answer, only a broken connection (EPIPE in Node's fetch).
 *
 * @param take gets each piece; it may not keep it, since the next one comes in the same memory
 * @throws what `take` threw, after the end of the body; what reading threw, when the caller is gone
 */
export async function readThrough(
  body: ReadableStream<Uint8Array>,
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const reader = body.getReader({ mode: "byob" });
  let buffer: ArrayBufferLike = new ArrayBuffer(CHUNK_BYTES);
  let failure: { err: unknown } | null = null;
  let dropped = 0;
  for (;;) {
    const piece: ReadableStreamReadResult<Uint8Array> = await reader.read(new Uint8Array(buffer));
    const value: Uint8Array | undefined = piece.value;
    if (piece.done || value === undefined) break;
    if (failure === null) {
      try {
        await take(value);
      } catch (err) {
        failure = { err };
      }
    } else {
      dropped += value.byteLength;
      if (dropped > DROP_MAX_BYTES) {
        await reader.cancel();
        break;
      }
    }
    buffer = value.buffer;
  }
  if (failure !== null) throw failure.err;
}

/** Reads a body that nobody wants, so that its caller sees the answer. Never throws. */
export async function hearOut(body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (body === null || body.locked) return;
  await readThrough(body, () => Promise.reject(new Error("unwanted"))).catch(() => undefined);
}
