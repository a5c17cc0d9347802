/** As many first bytes as a signature may need. */
export const SNIFF_BYTES = 64;

/** Signatures at the beginning of a file, hex; `??` stands for any byte. */
const SIGNATURES: readonly (readonly [signature: string, mimeType: string])[] = [
  ["89504e470d0a1a0a", "image/png"],
  ["ffd8ff", "image/jpeg"],
  ["474946383761", "image/gif"],
  ["474946383961", "image/gif"],
  ["52494646????????57454250", "image/webp"],
  ["25504446", "application/pdf"],
  ["4f676753", "audio/ogg"],
  ["494433", "audio/mpeg"], // an ID3 tag in front of an MP3
  ["2321414d52", "audio/amr"],
  ["????????6674797033677", "video/3gpp"],
  ["????????667479704d3441", "audio/mp4"],
  ["????????667479707174", "video/quicktime"],
  ["????????6674797068656963", "image/heic"],
  ["????????66747970", "video/mp4"],
  ["504b0304", "application/zip"],
  ["d0cf11e0a1b11ae1", "application/x-cfb"],
];

/** Types whose files are a container that only its inside tells from others. */
const INSIDE: Record<string, RegExp> = {
  "application/zip":
    /^application\/(vnd\.openxmlformats-officedocument\.|vnd\.oasis\.opendocument\.|vnd\.ms-|epub\+zip|vnd\.android\.package-archive)/,
  "application/x-cfb": /^application\/(msword|vnd\.ms-)/,
  "audio/ogg": /^(audio|video|application)\/ogg/,
  "video/mp4": /^audio\/(mp4|aac|x-m4a)/,
  "video/3gpp": /^audio\/3gpp/,
};

/**
 * What a file is by its first bytes: what people are told it is need not be true, and a browser
 * believes what it is served as.
 *
 * @param declared what the file is said to be; kept where the bytes do not contradict it
 * @returns a MIME type; `application/octet-stream` where neither bytes nor declaration say
 */
export function sniffType(first: Uint8Array, declared: string | null): string {
  const said = declared ?? "application/octet-stream";
  const essence = said.split(";")[0]?.trim().toLowerCase() ?? "";
  const hex = Array.from(first.subarray(0, SNIFF_BYTES), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  const found = SIGNATURES.find(([signature]) => matches(hex, signature))?.[1] ?? audioFrame(first);
  if (found === undefined) {
    // Said to be a picture, and no picture: it must not be shown as one.
    return SAFE_IMAGES.has(essence) ? "application/octet-stream" : said;
  }
  return found === essence || INSIDE[found]?.test(essence) === true ? said : found;
}

const SAFE_IMAGES = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);

/** Whether a sniffed type is a picture without scripts in it, which a browser may show in place. */
export function isSafeImage(mimeType: string): boolean {
  return SAFE_IMAGES.has(mimeType.split(";")[0]?.trim().toLowerCase() ?? "");
}

function matches(hex: string, signature: string): boolean {
  return (
    hex.length >= signature.length &&
    Array.from(signature).every((digit, index) => digit === "?" || digit === hex[index])
  );
}

/** MP3 and AAC without a tag begin with a frame: eleven set bits, then version and layer. */
function audioFrame(first: Uint8Array): string | undefined {
  const [sync = 0, head = 0] = first;
  if (sync !== 0xff) return undefined;
  if ((head & 0xf6) === 0xf0) return "audio/aac"; // ADTS: layer 0
  const isMpeg = (head & 0xe0) === 0xe0 && (head & 0x18) !== 0x08 && (head & 0x06) !== 0;
  return isMpeg ? "audio/mpeg" : undefined;
}
