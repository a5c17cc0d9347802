import { describe, expect, it } from "vitest";
import { sniffType } from "../../src/lib/sniff-type.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const ascii = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

describe("the type of a file by its first bytes", () => {
  it.each([
    ["image/png", hex("89504e470d0a1a0a0000")],
    ["image/jpeg", hex("ffd8ffe000104a46")],
    ["image/gif", ascii("GIF89a..")],
    ["image/webp", ascii("RIFF\x10\x00\x00\x00WEBPVP8 ")],
    ["application/pdf", ascii("%PDF-1.7")],
    ["video/mp4", ascii("\0\0\0\x20ftypisom")],
    ["video/3gpp", ascii("\0\0\0\x18ftyp3gp5")],
    ["video/quicktime", ascii("\0\0\0\x14ftypqt  ")],
    ["audio/mp4", ascii("\0\0\0\x20ftypM4A ")],
    ["audio/ogg", ascii("OggS\0\x02")],
    ["audio/mpeg", ascii("ID3\x04\0")],
    ["audio/mpeg", hex("fffb9064")],
    ["audio/aac", hex("fff15080")],
    ["audio/amr", ascii("#!AMR\n")],
    ["application/zip", hex("504b0304")],
  ])("is %s, whatever it is said to be", (type, bytes) => {
    expect(sniffType(bytes, "text/html")).toBe(type);
    expect(sniffType(bytes, null)).toBe(type);
  });

  it.each([
    ["audio/ogg; codecs=opus", ascii("OggS\0\x02")],
    ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", hex("504b0304")],
    ["application/msword", hex("d0cf11e0a1b11ae1")],
    ["audio/mp4", ascii("\0\0\0\x20ftypisom")],
    ["text/csv", ascii("a;b;c")],
    ["application/octet-stream", ascii("")],
  ])("stays %s where the bytes do not contradict it", (said, bytes) => {
    expect(sniffType(bytes, said)).toBe(said);
  });

  it("is nothing known where it is said to be a picture and is none", () => {
    expect(sniffType(ascii("<svg onload="), "image/png")).toBe("application/octet-stream");
    expect(sniffType(ascii("RIFF\x10\0\0\0WAVEfmt "), "image/webp")).toBe(
      "application/octet-stream",
    );
  });
});
