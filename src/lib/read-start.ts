/**
 * The start of an answer's body as text; whoever sends more is not heard to the end, nor whoever
 * takes too long.
 *
 * @param maxBytes at least so many are read, where there are so many; a piece more at most
 * @param patience ends the reading, also of a body that stands still
 * @throws the signal's reason when patience is over; what reading throws
 */
export async function readStart(
  response: Response,
  maxBytes: number,
  patience: AbortSignal,
): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => undefined); // where it is read in time, nobody waits for this
  const end = () => over.reject(patience.reason);
  patience.addEventListener("abort", end, { once: true });
  let text = "";
  let size = 0;
  try {
    patience.throwIfAborted();
    while (size < maxBytes) {
      const { done, value } = await Promise.race([reader.read(), over.promise]);
      if (done) return text + decoder.decode();
      size += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
    return text;
  } finally {
    patience.removeEventListener("abort", end);
    reader.cancel().catch(() => undefined); // a body that is read to its end has none to cancel
  }
}
