import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { importNumber, seedPartner, seedSender, services } from "../support/seed.ts";
import { accountUpdate } from "../support/sends.ts";
import { senderOf } from "../support/storage.ts";
import { fileOf, formOf, uploadTo } from "../support/uploads.ts";
import type { Partner, TestNumber } from "../support/seed.ts";
import type { GraphErrorBody } from "../support/sends.ts";

const MB = 1_024 * 1_024;
const PRODUCT: [string, string] = ["messaging_product", "whatsapp"];

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedSender());
  graph.respond(({ path }) =>
    path.endsWith("/media") ? Response.json({ id: "880000000000001" }) : undefined,
  );
});

describe("POST /{v}/{phone_number_id}/media", () => {
  it.each([
    ["type before file", ["type", "file"]],
    ["file before type", ["file", "type"]],
  ])("passes an upload on byte for byte, %s", async (_, order) => {
    const file = fileOf(30_000, "application/pdf");
    const fields: Record<string, string | Blob> = { type: "application/pdf", file };
    const form = formOf([
      PRODUCT,
      ...order.map((name) => [name, fields[name] ?? ""] as [string, Blob]),
    ]);
    const response = await uploadTo(partner, number, form);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ id: "880000000000001" });
    const [request] = graph.requests;
    expect(request).toMatchObject({
      method: "POST",
      path: `/${number.id}/media`,
      authorization: `Bearer token-of-${number.id}`,
    });
    expect([...(request?.form?.keys() ?? [])]).toEqual(["messaging_product", ...order]);
    const sent = request?.form?.get("file") as unknown as File;
    expect(new Uint8Array(await sent.arrayBuffer())).toEqual(
      new Uint8Array(await file.arrayBuffer()),
    );
    expect(sent.name).toBe("file.bin");
  });

  it("passes the product on where an SDK puts it into the query, but no key and no other order", async () => {
    const query = "?messaging_product=whatsapp&access_token=tdm_secret&method=delete";
    await uploadTo(partner, number, formOf([["file", fileOf(10, "image/png")]]), { query });
    expect(graph.requests[0]?.query).toEqual({ messaging_product: "whatsapp" });
  });

  it("notes whose token reads the file, its type and its size", async () => {
    const form = formOf([PRODUCT, ["type", "video/mp4"], ["file", fileOf(1_234, "")]]);
    await uploadTo(partner, number, form);
    const { results } = await env.DB.prepare(`SELECT * FROM outgoing_media`).all();
    const { key } = await senderOf(number);
    expect(results).toEqual([
      {
        sender: key,
        media: "880000000000001",
        type: "video/mp4",
        bytes: 1_234,
        at: expect.any(Number) as number,
      },
    ]);
  });

  it("hands bytes on while the caller is still sending", async () => {
    let first = "";
    graph.receive(async (request) => {
      const reader = (request.body as ReadableStream<Uint8Array>).getReader();
      first = new TextDecoder().decode((await reader.read()).value);
      while (!(await reader.read()).done);
      return Response.json({ id: "880000000000002" });
    });
    const encoder = new TextEncoder();
    const head = `--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;
    let end: () => void = () => undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(encoder.encode(`${head}the first bytes`));
        end = () => {
          controller.enqueue(encoder.encode("\r\n--b--\r\n"));
          controller.close();
        };
      },
    });
    const headers = { "content-type": "multipart/form-data; boundary=b" };
    const response = uploadTo(partner, number, body, { headers });
    // The end is only sent after the beginning has arrived: a gateway that waits for all never ends.
    await eventually(() => expect(first).toContain("the first bytes"));
    end();
    expect(await (await response).json()).toEqual({ id: "880000000000002" });
  });
});

describe("the limits by kind", () => {
  it.each([
    ["image/png", "image", 5 * MB],
    ["image/webp", "sticker", 500 * 1_024],
    ["audio/ogg; codecs=opus", "audio", 16 * MB],
    ["video/mp4", "video", 16 * MB],
  ])("let %s pass at its limit and refuse one byte more", async (type, kind, limit) => {
    const most = formOf([PRODUCT, ["type", type], ["file", fileOf(limit, type)]]);
    expect((await uploadTo(partner, number, most)).status).toBe(200);
    const more = formOf([PRODUCT, ["type", type], ["file", fileOf(limit + 1, type)]]);
    const response = await uploadTo(partner, number, more);
    expect(response.status).toBe(400);
    const { error } = await response.json<GraphErrorBody>();
    expect(error.code).toBe(131053);
    expect(error.error_data.details).toContain(`as ${kind} it may have ${limit} bytes`);
    expect(graph.requests).toHaveLength(1); // the second one broke off before its end
  });

  it("hold when the file comes before its type, by the file's own content-type", async () => {
    const form = formOf([PRODUCT, ["file", fileOf(6 * MB, "image/jpeg")], ["type", "image/jpeg"]]);
    expect(await codeOf(await uploadTo(partner, number, form))).toBe(131053);
  });

  it("hold when only the type behind the file says that it is an image", async () => {
    const form = formOf([PRODUCT, ["file", fileOf(6 * MB, "")], ["type", "image/jpeg"]]);
    expect(await codeOf(await uploadTo(partner, number, form))).toBe(131053);
    expect(graph.requests).toEqual([]);
  });

  it("break the upload off at Graph while it streams", async () => {
    let seen = 0;
    let broken = false;
    graph.receive(async (request) => {
      const reader = (request.body as ReadableStream<Uint8Array>).getReader();
      try {
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          seen += next.value.byteLength;
        }
      } catch (err) {
        broken = true;
        throw err;
      }
      return Response.json({ id: "880000000000003" });
    });
    const { body, produced } = endlessUpload("image/png");
    const headers = { "content-type": "multipart/form-data; boundary=b" };
    const response = await uploadTo(partner, number, body, { headers });
    expect(await codeOf(response)).toBe(131053);
    await eventually(() => expect(broken).toBe(true));
    expect(seen).toBeLessThanOrEqual(5 * MB + 70_000);
    expect(produced()).toBeLessThan(160 * MB); // the caller is heard out, but not for ever
  });

  it("refuse a declared length that no kind has, before Graph hears of it", async () => {
    const { body } = endlessUpload("application/pdf");
    const response = await uploadTo(partner, number, body, {
      headers: {
        "content-type": "multipart/form-data; boundary=b",
        "content-length": String(101 * MB),
      },
    });
    expect(await codeOf(response)).toBe(131053);
    expect(graph.requests).toEqual([]);
  });

  it("refuse a declared length over the kind's limit as soon as the kind is known", async () => {
    let seen = 0;
    graph.receive(async (request) => {
      for await (const bytes of request.body as ReadableStream<Uint8Array>) seen += bytes.length;
      return Response.json({ id: "880000000000004" });
    });
    const { body } = endlessUpload("image/png");
    const response = await uploadTo(partner, number, body, {
      headers: {
        "content-type": "multipart/form-data; boundary=b",
        "content-length": String(50 * MB),
      },
    });
    expect(await codeOf(response)).toBe(131053);
    expect(seen).toBeLessThan(MB);
  });
});

describe("an upload that is refused before Graph", () => {
  it("of another partner's number, like one of nobody", async () => {
    const other = await seedPartner();
    for (const id of [number.id, "310000000009998"]) {
      const response = await uploadTo(other, { ...number, id }, formOf([PRODUCT]));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 100, error_subcode: 33 } });
    }
    expect(graph.requests).toEqual([]);
  });

  it("of a number that moved to another partner, for the one that had it", async () => {
    const other = await seedPartner();
    await importNumber(other, number);
    const response = await uploadTo(partner, number, formOf([PRODUCT]));
    expect(await response.json()).toMatchObject({ error: { code: 100, error_subcode: 33 } });
  });

  it("of a number on hold, as its object says", async () => {
    await accountUpdate(number, "ACCOUNT_OFFBOARDED");
    const response = await uploadTo(partner, number, formOf([PRODUCT]));
    expect(response.status).toBe(503);
    expect(await codeOf(response)).toBe(131016);
  });

  it("of a disconnected number, as its object says", async () => {
    await services().phone(number.id).moveTo("disconnected", "test", "sender.disconnected");
    const response = await uploadTo(partner, number, formOf([PRODUCT]));
    expect(response.status).toBe(403);
    expect(await codeOf(response)).toBe(131005);
  });

  it.each([
    ["JSON", "application/json", "{}"],
    ["multipart without a boundary", "multipart/form-data", "--b"],
  ])("with %s for a body", async (_, type, body) => {
    const stream = new Response(body).body as ReadableStream<Uint8Array>;
    const response = await uploadTo(partner, number, stream, { headers: { "content-type": type } });
    expect(response.status).toBe(400);
    const { error } = await response.json<GraphErrorBody>();
    expect(error.code).toBe(100);
    expect(error.error_data.details).toContain("multipart/form-data");
  });
});

it("brings Graph's refusal of an upload back, and notes nothing", async () => {
  graph.respond(() => graphError(400, 131053, "this type is not supported"));
  const form = formOf([PRODUCT, ["file", fileOf(10, "image/tiff")]]);
  const response = await uploadTo(partner, number, form);
  expect(response.status).toBe(400);
  expect(await codeOf(response)).toBe(131053);
  const { results } = await env.DB.prepare(`SELECT * FROM outgoing_media`).all();
  expect(results).toEqual([]);
});

async function codeOf(response: Response): Promise<number> {
  return (await response.json<GraphErrorBody>()).error.code;
}

/** An upload whose file never ends. */
function endlessUpload(type: string) {
  let produced = 0;
  const block = new Uint8Array(65_536).fill(120);
  const head = `--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: ${type}\r\n\r\n`;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(head)),
    pull(controller) {
      produced += block.length;
      controller.enqueue(block);
    },
  });
  return { body, produced: () => produced };
}
