import { MultipartWatch } from "../lib/multipart-watch.ts";
import { LARGEST_MEDIA_BYTES, mediaLimit } from "../meta/media-limits.ts";
import type { MediaLimit } from "../meta/media-limits.ts";
import type { GraphRefusal } from "./graph-answer.ts";

/** What fields and heads of a multipart body take beside the file, at most. */
const AROUND_FILE_BYTES = 64 * 1_024;

/**
 * Measures an upload that goes by. The kind comes from the field `type`, or from the file's own
 * content-type where the file comes first; the field may still lower the limit when it comes after.
 */
export class UploadGauge {
  /** Why the upload must end, as soon as that is certain. */
  refusal: GraphRefusal | null = null;
  readonly #watch: MultipartWatch;
  readonly #contentLength: number;
  #passed = 0;

  /** @param contentLength as declared; null where it is not. A false one is found out by counting. */
  constructor(boundary: string, contentLength: number | null) {
    this.#watch = new MultipartWatch(boundary);
    this.#contentLength = contentLength ?? 0;
    this.#judge();
  }

  /** @throws Error when these bytes make it certain that the upload is refused */
  see(bytes: Uint8Array): void {
    this.#passed += bytes.byteLength;
    this.#watch.push(bytes);
    this.#judge();
    if (this.refusal !== null) throw new Error("The upload was refused.");
  }

  /** The file as it went by. */
  get file(): { type: string; bytes: number } {
    return { type: this.#mimeType() ?? "", bytes: this.#part("file")?.bytes ?? 0 };
  }

  #judge(): void {
    if (this.#watch.fault !== null) {
      this.refusal = refuseShape(this.#watch.fault);
      return;
    }
    const limit = mediaLimit(this.#mimeType() ?? "");
    const whole = Math.max(this.#contentLength, this.#passed);
    const file = this.#part("file")?.bytes ?? 0;
    if (file > limit.maxBytes || whole > limit.maxBytes + AROUND_FILE_BYTES) {
      this.refusal = refuseSize(limit);
    }
  }

  #mimeType(): string | undefined {
    const field = this.#part("type");
    const declared = field?.ended === true && field.text.includes("/") ? field.text : undefined;
    return declared ?? this.#part("file")?.contentType ?? undefined;
  }

  #part(name: string) {
    return this.#watch.parts.find((part) => part.name === name);
  }
}

/** For a body that is not what an upload has to be. */
export function refuseShape(fault: string): GraphRefusal {
  return {
    status: 400,
    code: 100,
    title: "Invalid parameter",
    details: `The body must be multipart/form-data with messaging_product, file and type. ${fault}`,
  };
}

function refuseSize({ kind, maxBytes }: MediaLimit): GraphRefusal {
  return {
    status: 400,
    code: 131053,
    title: "Media upload error",
    details: `The file is too large: as ${kind} it may have ${maxBytes} bytes${
      maxBytes === LARGEST_MEDIA_BYTES ? "" : `, as document ${LARGEST_MEDIA_BYTES}`
    }.`,
  };
}
