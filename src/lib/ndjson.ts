/**
 * A stream of JSON lines, made as fast as it is read: `source` is asked for its next batch only
 * when the reader has taken the last one, so one batch is all that is ever held.
 *
 * @param onError told what broke the stream; the reader sees it end without its last line
 */
export function ndjsonStream(
  source: AsyncIterator<object[]>,
  onError: (err: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await source.next();
          if (done === true) controller.close();
          else {
            const lines = value.map((line: object) => `${JSON.stringify(line)}\n`).join("");
            controller.enqueue(encoder.encode(lines));
          }
        } catch (err) {
          onError(err);
          // Without the cause: the runtime writes it out, and it may quote what it failed on.
          controller.error(new Error("The stream was broken off."));
        }
      },
      async cancel() {
        await source.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
