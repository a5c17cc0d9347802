import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startSdkWorld } from "./sdks/sdk-world.ts";
import type { SdkWorld } from "./sdks/sdk-world.ts";

const MB = 1_024 * 1_024;
const FILE_BYTES = 95 * MB;

let world: SdkWorld;

beforeAll(async () => {
  world = await startSdkWorld();
});
afterAll(() => world.stop());

it("carries a file of 95 MB both ways without ever holding it", async () => {
  await carry(MB, "application/pdf"); // what the first of its kind costs is not the file's
  const peaks = await carry(FILE_BYTES, "application/pdf");
  // Kept whole, or copied piece by piece into garbage, it would be more than the file itself.
  expect(peaks.uploadBytes).toBeLessThan(FILE_BYTES / 2);
  expect(peaks.downloadBytes).toBeLessThan(FILE_BYTES / 2);
});

it.each(["with a declared length", "in chunks"])(
  "lets a caller whose file is too large read why, %s",
  async (how) => {
    const form = formOf(20 * MB, "image/png");
    const whole = new Request("http://any.test", { method: "POST", body: form });
    const body = how === "in chunks" ? whole.body : form;
    const response = await upload(
      body,
      how === "in chunks" ? { "content-type": whole.headers.get("content-type") ?? "" } : {},
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 131053 } });
  },
);

/** Uploads and downloads a file. @returns by how much the runtime's memory grew at most, in bytes */
async function carry(bytes: number, type: string) {
  const form = formOf(bytes, type);
  const beforeUpload = watchMemory();
  const { id } = (await (await upload(form)).json()) as { id: string };
  const uploadBytes = beforeUpload();
  const { url } = await world.partner.get<{ url: string }>(`/v24.0/${id}`);
  const beforeDownload = watchMemory();
  const response = await fetch(url, { headers: bearer() });
  expect(response.headers.get("content-length")).toBe(String(bytes));
  let received = 0;
  for await (const piece of response.body ?? []) received += (piece as Uint8Array).byteLength;
  expect(received).toBe(bytes);
  return { uploadBytes, downloadBytes: beforeDownload() };
}

/** Linux: the peak of resident memory (VmHWM) from here on, less what was resident here. */
function watchMemory(): () => number {
  const path = `/proc/${world.runtimePid}`;
  const read = (name: string) => {
    const kb = new RegExp(`${name}:\\s+(\\d+) kB`).exec(
      readFileSync(`${path}/status`, "utf8"),
    )?.[1];
    return Number(kb) * 1_024;
  };
  writeFileSync(`${path}/clear_refs`, "5"); // the peak starts anew
  const before = read("VmRSS");
  return () => read("VmHWM") - before;
}

function formOf(bytes: number, type: string): FormData {
  const form = new FormData();
  form.set("messaging_product", "whatsapp");
  form.set("type", type);
  form.set("file", new Blob([new Uint8Array(bytes).fill(7)], { type }), "file");
  return form;
}

function upload(
  body: RequestInit["body"],
  headers: Record<string, string> = {},
): Promise<Response> {
  const { tandem, business } = world;
  return fetch(`${tandem.url}/v24.0/${business.phoneNumberId}/media`, {
    method: "POST",
    body,
    duplex: "half",
    headers: { ...bearer(), ...headers },
  });
}

function bearer(): { authorization: string } {
  return { authorization: `Bearer ${world.tandem.key}` };
}
