import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { multipartBoundary, MultipartWatch } from "../../src/lib/multipart-watch.ts";

const encoder = new TextEncoder();
const BOUNDARY = "----edge7f3a";

type Part = { name: string; value: Uint8Array | string; filename?: string; type?: string };

function write(parts: Part[]): Uint8Array {
  const pieces = parts.flatMap(({ name, value, filename, type }) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? "" : `; filename="${filename}"`,
    type === undefined ? "" : `\r\nContent-Type: ${type}`,
    "\r\n\r\n",
    value,
    "\r\n",
  ]);
  const bytes = [...pieces, `--${BOUNDARY}--\r\n`].map((piece) =>
    typeof piece === "string" ? encoder.encode(piece) : piece,
  );
  const whole = new Uint8Array(bytes.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of bytes) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Watches the body in chunks of these sizes, over and over. */
function watch(body: Uint8Array, sizes: number[]): MultipartWatch {
  const watched = new MultipartWatch(BOUNDARY);
  for (let at = 0, n = 0; at < body.length; n++) {
    const size = sizes[n % sizes.length] ?? body.length;
    watched.push(body.subarray(at, at + size));
    at += size;
  }
  return watched;
}

describe("MultipartWatch", () => {
  it("tells names, types and sizes whatever the chunks and the bytes are", () => {
    // Bytes that look like the beginning of a delimiter, or like one with a letter missing.
    const tricky = fc.constantFrom(
      "\r\n",
      "\r\n-",
      "\r\n--",
      `\r\n--${BOUNDARY.slice(0, -1)}`,
      "x",
    );
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tricky, { maxLength: 20 }).map((list) => encoder.encode(`${list.join("")}.`)),
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(content, sizes, fc.boolean(), (value, chunks, fileFirst) => {
        const file = { name: "file", value, filename: "a b.png", type: "image/png" };
        const type = { name: "type", value: "image/png" };
        const body = write(fileFirst ? [file, type] : [type, file]);
        const { parts, fault } = watch(body, chunks);
        expect(fault).toBeNull();
        const byName = Object.fromEntries(parts.map((part) => [part.name, part]));
        expect(parts).toHaveLength(2);
        expect(byName["file"]).toMatchObject({
          isFile: true,
          contentType: "image/png",
          bytes: value.length,
          text: "",
          ended: true,
        });
        expect(byName["type"]).toMatchObject({ isFile: false, text: "image/png", ended: true });
      }),
      { numRuns: 300 },
    );
  });

  it("counts a file that is still coming, and does not call it ended", () => {
    const body = write([{ name: "file", value: "x".repeat(5_000), filename: "a" }]);
    const [part] = watch(body.subarray(0, 3_000), [1_000]).parts;
    expect(part?.ended).toBe(false);
    expect(part?.bytes).toBeGreaterThan(2_800);
    expect(part?.bytes).toBeLessThan(3_000);
  });

  it("reads names without quotes, and heads in any case", () => {
    const body = `--${BOUNDARY}\r\ncontent-disposition:form-data;name=type\r\n\r\nvideo/mp4\r\n--${BOUNDARY}--`;
    expect(watch(encoder.encode(body), [7]).parts).toMatchObject([
      { name: "type", text: "video/mp4", ended: true },
    ]);
  });

  it("gives up a head that does not end", () => {
    const body = `--${BOUNDARY}\r\nx: ${"y".repeat(20_000)}`;
    expect(watch(encoder.encode(body), [4_096]).fault).toMatch(/head/);
  });

  it("gives up a body with more parts than any form has", () => {
    const parts = Array.from({ length: 33 }, (_, n) => ({ name: `n${n}`, value: "v" }));
    expect(watch(write(parts), [100]).fault).toMatch(/32 parts/);
  });
});

it.each([
  ["multipart/form-data; boundary=abc", "abc"],
  ['Multipart/Form-Data; charset=utf-8; boundary="a b"', "a b"],
  ["multipart/form-data", null],
  ["multipart/mixed; boundary=abc", null],
  ["application/json", null],
])("reads the boundary of %s as %s", (header, boundary) => {
  expect(multipartBoundary(header)).toBe(boundary);
});
