import { readThrough } from "../lib/read-through.ts";
import { relayCall } from "./graph-http.ts";
import type { GraphOptions, Relayed } from "./graph-http.ts";

/** How long Graph may think about an upload that it has got whole, and the media host about a file. */
const ANSWER_MS = 60_000;
const REDIRECTS_MAX = 3;

export interface Upload {
  phoneNumberId: string;
  query: Iterable<[string, string]>;
  /** The caller's own content-type, with the boundary in it. */
  contentType: string;
  /** Bytes of the whole body where the caller said; sent on, so that nothing has to be chunked. */
  contentLength: number | null;
  body: ReadableStream<Uint8Array>;
  /** Sees each piece before it goes on; throws to break the upload off. */
  watch: (bytes: Uint8Array) => void;
}

/**
 * Streams a multipart body to Graph as it comes: here is never more of it than the piece in hand.
 * When it breaks off, Graph gets no end of it and keeps nothing; the caller is heard out.
 */
export async function uploadMedia(
  options: GraphOptions,
  token: string,
  upload: Upload,
): Promise<Relayed> {
  const { readable, writable } =
    upload.contentLength === null
      ? new IdentityTransformStream()
      : new FixedLengthStream(upload.contentLength);
  const writer = writable.getWriter();
  const patience = new AbortController();
  const breakOff = (err: unknown) => {
    patience.abort(err);
    writer.abort(err).catch(() => undefined); // also frees a piece that nobody takes any more
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const sent = readThrough(upload.body, async (bytes) => {
    try {
      upload.watch(bytes);
      await writer.write(bytes);
    } catch (err) {
      breakOff(err);
      throw err;
    }
  })
    .then(() => writer.close())
    // The upload itself may take as long as its caller stays; only the silence after it is bounded.
    .then(() => {
      timer = setTimeout(() => patience.abort(), ANSWER_MS);
    })
    .catch(breakOff);
  try {
    return await relayCall(options, {
      method: "POST",
      path: `${upload.phoneNumberId}/media`,
      token,
      query: upload.query,
      body: readable,
      contentType: upload.contentType,
      signal: patience.signal,
    });
  } finally {
    breakOff(new Error("answered")); // an answer that came before the end of the body
    await sent;
    clearTimeout(timer);
  }
}

/** The bytes behind a media URL of Meta's, or why there are none. */
export type MediaFile =
  | { kind: "open"; response: Response }
  /** No answer, or an address that the token must not be taken to. */
  | { kind: "silent" }
  | { kind: "garbled" };

/**
 * Opens a media URL (protocol.md 3.4). Its body is not read here.
 *
 * @param wanted range headers of the caller, passed on
 */
export async function openMediaUrl(
  options: GraphOptions,
  token: string,
  address: string,
  wanted: Record<string, string>,
): Promise<MediaFile> {
  let url = parse(address);
  const first = url?.origin;
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ANSWER_MS);
  try {
    for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
      if (url === undefined || !maySee(options, url)) {
        return { kind: "garbled" };
      }
      const response: Response = await (options.fetch ?? fetch)(url, {
        headers: {
          ...wanted,
          // Meta's media host turns away callers without a name; every SDK sends one.
          "user-agent": "Tandem",
          "accept-encoding": "identity",
          ...(url.origin === first ? { authorization: `Bearer ${token}` } : {}),
        },
        redirect: "manual",
        signal: patience.signal,
      });
      if (response.status < 300 || response.status >= 400 || response.status === 304) {
        return { kind: "open", response };
      }
      await response.body?.cancel();
      url = parse(response.headers.get("location") ?? "", url);
    }
    return { kind: "garbled" };
  } catch {
    return { kind: "silent" };
  } finally {
    clearTimeout(timer); // the body may take its time
  }
}

/** Meta's token travels encrypted; in the clear only to a Graph that is itself in the clear. */
function maySee(options: GraphOptions, url: URL): boolean {
  if (url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || url.protocol === new URL(options.url).protocol;
}

function parse(address: string, base?: URL): URL | undefined {
  return URL.canParse(address, base) ? new URL(address, base) : undefined;
}
