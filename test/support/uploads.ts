import { call } from "./seed.ts";
import type { Partner, TestNumber } from "./seed.ts";

/** A file of this size whose bytes differ from place to place. */
export function fileOf(bytes: number, type: string): Blob {
  const block = Uint8Array.from({ length: 4_096 }, (_, n) => (n * 7) % 251);
  const whole = Math.floor(bytes / block.length);
  return new Blob([...Array.from({ length: whole }, () => block), block.slice(0, bytes % 4_096)], {
    type,
  });
}

/** The fields of an upload, in the order of the entries. */
export function formOf(entries: [string, string | Blob][]): FormData {
  const form = new FormData();
  for (const [name, value] of entries) {
    if (typeof value === "string") form.set(name, value);
    else form.set(name, value, "file.bin");
  }
  return form;
}

export function uploadTo(
  partner: Partner,
  number: TestNumber,
  body: FormData | ReadableStream<Uint8Array>,
  options: { query?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return call(`/v24.0/${number.id}/media${options.query ?? ""}`, {
    method: "POST",
    headers: { authorization: `Bearer ${partner.key}`, ...options.headers },
    body,
  });
}
