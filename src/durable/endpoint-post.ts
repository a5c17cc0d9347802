/** Design section 3: an endpoint has so long to say how it went. */
const PATIENCE_MS = 15_000;
/** And its answer's body so much longer; it is read only to be shown. */
const BODY_PATIENCE_MS = 2_000;
const BODY_MAX_BYTES = 64 * 1024;
const ANSWER_KEPT_BYTES = 1_000;

/** What came of a post. */
export interface Posted {
  /** Until the status came, or patience ended. */
  ms: number;
  status: number | null;
  /** "http_500", "redirect", "timeout", "connection"; null for a 2xx. */
  failure: string | null;
  answer: string | null;
}

export interface Letter {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Posts to an endpoint, which may be slow, endless or gone. Never rejects. */
export async function post({ url, headers, body }: Letter): Promise<Posted> {
  const startedAt = Date.now();
  const controller = new AbortController();
  const patience = setTimeout(() => controller.abort(), PATIENCE_MS);
  try {
    const init = { method: "POST", headers, body, redirect: "manual" as const };
    const response = await fetch(url, { ...init, signal: controller.signal });
    clearTimeout(patience);
    const ms = Date.now() - startedAt;
    const answer = await readAnswer(response);
    return { ms, status: response.status, failure: failureOf(response.status), answer };
  } catch {
    const failure = controller.signal.aborted ? "timeout" : "connection";
    return { ms: Date.now() - startedAt, status: null, failure, answer: null };
  } finally {
    clearTimeout(patience);
  }
}

function failureOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? "redirect" : `http_${status}`;
}

/** The start of the body as text; what does not come in time is not waited for. */
async function readAnswer(response: Response): Promise<string | null> {
  if (response.body === null) return null;
  const kept: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  let isLate = false;
  const patience = Promise.withResolvers<{ done: true; value?: undefined }>();
  const timer = setTimeout(() => {
    isLate = true;
    patience.resolve({ done: true });
  }, BODY_PATIENCE_MS);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), patience.promise]);
      if (done) break;
      if (size < ANSWER_KEPT_BYTES) kept.push(value.subarray(0, ANSWER_KEPT_BYTES - size));
      size += value.byteLength;
      if (size >= BODY_MAX_BYTES) isLate = true;
      if (isLate) break;
    }
  } catch {
    // It broke off: what came is what there is.
  } finally {
    clearTimeout(timer);
    if (isLate) reader.cancel().catch(() => undefined);
  }
  const text = new TextDecoder().decode(Buffer.concat(kept));
  // A character that the cut went through is left out.
  return size > ANSWER_KEPT_BYTES ? text.replace(/\uFFFD$/, "") : text;
}
