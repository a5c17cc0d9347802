import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { call, connect, itemsOf } from "./support.ts";

it("serves a customer's picture for 5 minutes a link, to the same token only", async () => {
  const { simulator, door, business, token } = await connect();
  simulator.customerWrites(business, { type: "image", body: "the leak" });
  await simulator.idle();
  const [message] = itemsOf(door, "messages", "messages") as [
    { image: { id: string; sha256: string } },
  ];
  const resolve = () => call(simulator, "GET", `/${message.image.id}`, { token });
  const { body } = await resolve();
  const download = (url: unknown, bearer?: string) =>
    fetch(String(url), bearer ? { headers: { authorization: `Bearer ${bearer}` } } : {});

  const bytes = Buffer.from(await (await download(body.url, token)).arrayBuffer());
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(body.sha256);
  expect(createHash("sha256").update(bytes).digest("base64")).toBe(message.image.sha256);
  expect((await download(body.url)).status).toBe(401);

  simulator.advance(5 * 60_000 + 1);
  expect((await download(body.url, token)).status).toBe(404);
  expect((await download((await resolve()).body.url, token)).status).toBe(200);
  simulator.advance(7 * 24 * 3_600_000);
  expect((await resolve()).body).toMatchObject({ error: { code: 100, error_subcode: 33 } });
});

it("takes an upload and forgets it when told", async () => {
  const { simulator, business, token } = await connect();
  const form = new FormData();
  form.set("messaging_product", "whatsapp");
  form.set("file", new Blob(["%PDF"], { type: "application/pdf" }), "offer.pdf");
  const response = await fetch(`${simulator.url}/v24.0/${business.phoneNumberId}/media`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  const { id } = (await response.json()) as { id: string };
  const path = `/${id}?phone_number_id=${business.phoneNumberId}`;
  expect((await call(simulator, "GET", path, { token })).body).toMatchObject({
    mime_type: "application/pdf",
    file_size: 4,
  });
  await call(simulator, "DELETE", `/${id}`, { token });
  expect((await call(simulator, "GET", path, { token })).code).toBe(100);
});

it("takes an upload whose product stands in the query, and refuses one that is too large", async () => {
  const { simulator, business, token } = await connect();
  const upload = async (bytes: number, type: string) => {
    const form = new FormData();
    form.set("file", new Blob([new Uint8Array(bytes)], { type }), "file");
    const path = `/v24.0/${business.phoneNumberId}/media?messaging_product=whatsapp`;
    const response = await fetch(`${simulator.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    return response.json() as Promise<{ id?: string; error?: { code: number } }>;
  };
  expect((await upload(5 * 1_024 * 1_024, "image/png")).id).toMatch(/^\d+$/);
  expect((await upload(5 * 1_024 * 1_024 + 1, "image/png")).error?.code).toBe(131053);
  expect((await upload(512_001, "image/webp")).error?.code).toBe(131053);
  expect((await upload(512_001, "application/pdf")).id).toMatch(/^\d+$/);
});

it("serves a part of a file", async () => {
  const { simulator, business, token } = await connect();
  const form = new FormData();
  form.set("messaging_product", "whatsapp");
  form.set("file", new Blob(["0123456789"], { type: "text/plain" }), "digits.txt");
  const uploaded = await fetch(`${simulator.url}/v24.0/${business.phoneNumberId}/media`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  const { id } = (await uploaded.json()) as { id: string };
  const { body } = await call(simulator, "GET", `/${id}`, { token });
  const part = async (range: string) => {
    const headers = { authorization: `Bearer ${token}`, range };
    const response = await fetch(String(body.url), { headers });
    return [response.status, response.headers.get("content-range"), await response.text()];
  };
  expect(await part("bytes=3-5")).toEqual([206, "bytes 3-5/10", "345"]);
  expect(await part("bytes=8-")).toEqual([206, "bytes 8-9/10", "89"]);
  expect(await part("bytes=10-")).toEqual([416, "bytes */10", ""]);
});

it("answers a share of the downloads with 503, and serves the file whole when it does", async () => {
  const { simulator, door, business, token } = await connect();
  simulator.customerWrites(business, { type: "document", bytes: 200_000 });
  await simulator.idle();
  const [message] = itemsOf(door, "messages", "messages") as [
    { document: { id: string; sha256: string } },
  ];
  simulator.setFaults({ mediaDownload: { refuse503: 0.5 } });
  const statuses = new Set<number>();
  for (let turn = 0; turn < 20; turn++) {
    const { body } = await call(simulator, "GET", `/${message.document.id}`, { token });
    expect(body.file_size).toBe("200000");
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(String(body.url), { headers });
    statuses.add(response.status);
    if (response.status !== 200) continue;
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(createHash("sha256").update(bytes).digest("base64")).toBe(message.document.sha256);
  }
  expect(statuses).toEqual(new Set([200, 503]));
});
