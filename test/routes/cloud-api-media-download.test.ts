import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { call, importNumber, seedPartner, seedSender, services } from "../support/seed.ts";
import { accountUpdate } from "../support/sends.ts";
import { fileOf, formOf, uploadTo } from "../support/uploads.ts";
import type { GraphRequest } from "../support/graph-stub.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const BYTES = new TextEncoder().encode("a picture of the blue one, in bytes");

let partner: Partner;
let number: TestNumber;
let media: string;
let files = 0;

beforeEach(async () => {
  ({ partner, number } = await seedSender());
  files += 1;
  media = `88000000000${String(files).padStart(4, "0")}`;
  holdAtGraph(media, number);
});

/** Graph tells about this file to the token of this number only. */
function holdAtGraph(id: string, holder: TestNumber, url = `https://media.test/${id}?hash=h`) {
  graph.respond(({ path, authorization, query, method }) => {
    if (path !== `/${id}`) return undefined;
    const own = authorization === `Bearer token-of-${holder.id}`;
    if (!own || query["phone_number_id"] !== holder.id) {
      return graphError(400, 100, "no such object", 33);
    }
    if (method === "DELETE") return Response.json({ success: true });
    return Response.json({
      messaging_product: "whatsapp",
      url,
      mime_type: "image/png",
      sha256: "00ff",
      file_size: String(BYTES.length),
      id,
    });
  });
}

/** Which numbers' tokens asked Graph about the file, in order. */
const askedOf = (requests: GraphRequest[]) =>
  requests
    .filter(({ path }) => path === `/${media}`)
    .map(({ authorization }) => authorization?.replace("Bearer token-of-", ""));

async function downloadUrl(query = ""): Promise<string> {
  const { url } = await partner.read<{ url: string }>(`/v24.0/${media}${query}`);
  return url;
}

function download(url: string, headers: Record<string, string> = {}): Promise<Response> {
  const { pathname, search } = new URL(url);
  return call(`${pathname}${search}`, {
    headers: { authorization: `Bearer ${partner.key}`, ...headers },
  });
}

function serveBytes(): void {
  graph.serveMedia((request) => {
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.get("range") ?? "");
    const headers = { "content-type": "image/png", "accept-ranges": "bytes", etag: '"e1"' };
    if (range === null) {
      const length = { "content-length": String(BYTES.length) };
      return new Response(BYTES, { headers: { ...headers, ...length } });
    }
    const [from, to] = [Number(range[1]), Number(range[2])];
    return new Response(BYTES.slice(from, to + 1), {
      status: 206,
      headers: { ...headers, "content-range": `bytes ${from}-${to}/${BYTES.length}` },
    });
  });
}

describe("GET /{v}/{media_id}", () => {
  it("tells what Meta tells, with our address in place of Meta's", async () => {
    expect(await partner.read(`/v21.0/${media}`)).toEqual({
      messaging_product: "whatsapp",
      url: `http://127.0.0.1:8787/v21.0/${media}/download?phone_number_id=${number.id}`,
      mime_type: "image/png",
      sha256: "00ff",
      file_size: String(BYTES.length),
      id: media,
    });
  });

  it.each([
    ["does not know", () => graphError(404, 100, "not there")],
    ["may not show to this token", () => graphError(400, 100, "no access", 33)],
  ])("says the same of what Graph %s", async (_, answer) => {
    graph.respond(answer);
    const response = await partner.get("/v24.0/889999999999999");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 100, error_subcode: 33 } });
  });

  it("does not show another kind of node that answers to the id", async () => {
    graph.respond(() => Response.json({ id: "777000000000001", name: "somebody else's account" }));
    const response = await partner.get("/v24.0/777000000000001");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 100, error_subcode: 33 } });
  });

  it("reads while the number is on hold, since a received file waits only 7 days", async () => {
    await accountUpdate(number, "ACCOUNT_OFFBOARDED");
    expect((await partner.get(`/v24.0/${media}`)).status).toBe(200);
  });

  it("is refused for a disconnected number, as its object says", async () => {
    await services().phone(number.id).moveTo("disconnected", "test", "sender.disconnected");
    const response = await partner.get(`/v24.0/${media}?phone_number_id=${number.id}`);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 131005 } });
  });
});

describe("the number whose token reads a file", () => {
  it("is the one the caller names", async () => {
    const second = (await seedSender({ partner })).number;
    const url = await downloadUrl(`?phone_number_id=${number.id}`);
    expect(url).toContain(`phone_number_id=${number.id}`);
    expect(askedOf(graph.requests)).toEqual([number.id]);
    const wrong = await partner.get(`/v24.0/${media}?phone_number_id=${second.id}`);
    expect(await wrong.json()).toMatchObject({ error: { code: 100, error_subcode: 33 } });
  });

  it("must be the caller's own", async () => {
    const other = await seedSender();
    const response = await partner.get(`/v24.0/${media}?phone_number_id=${other.number.id}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 100, error_subcode: 33 } });
    expect(graph.requests).toEqual([]);
  });

  it("is the one that uploaded it through us", async () => {
    graph.respond(({ path }) =>
      path.endsWith("/media") ? Response.json({ id: media }) : undefined,
    );
    await uploadTo(partner, number, formOf([["file", fileOf(9, "image/png")]]));
    await seedSender({ partner });
    await downloadUrl();
    expect(askedOf(graph.requests)).toEqual([number.id]);
  });

  it("is found by asking, the most recently changed number first, and then remembered", async () => {
    const later = (await seedSender({ partner })).number;
    const latest = (await seedSender({ partner })).number;
    await changedAt({ [number.id]: 1_000, [later.id]: 2_000, [latest.id]: 3_000 });
    await downloadUrl();
    expect(askedOf(graph.requests)).toEqual([latest.id, later.id, number.id]);
    graph.requests = [];
    await downloadUrl();
    expect(askedOf(graph.requests)).toEqual([number.id]);
  });

  it("is asked for among ten numbers at most; after that the caller has to name it", async () => {
    const changes: Record<string, number> = { [number.id]: 1 };
    for (let n = 0; n < 10; n++) {
      const { number: more } = await seedSender({ partner });
      changes[more.id] = 1_000 + n;
    }
    await changedAt(changes);
    const response = await partner.get(`/v24.0/${media}`);
    expect(response.status).toBe(400);
    const { error } = await response.json<{ error: { error_data: { details: string } } }>();
    expect(error.error_data.details).toContain("?phone_number_id=");
    expect(askedOf(graph.requests)).toHaveLength(10);
    expect(await downloadUrl(`?phone_number_id=${number.id}`)).toContain(media);
  });

  it("is not called absent when one of them could not say", async () => {
    const second = (await seedSender({ partner })).number;
    graph.respond(({ authorization }) =>
      authorization === `Bearer token-of-${number.id}`
        ? graphError(401, 190, "the token has ended")
        : undefined,
    );
    await changedAt({ [number.id]: 2_000, [second.id]: 1_000 });
    const response = await partner.get(`/v24.0/${media}`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 190 } });
  });
});

describe("invariant 8: another partner", () => {
  it("neither reads nor downloads nor deletes a file", async () => {
    serveBytes();
    const { partner: other } = await seedSender();
    const url = await downloadUrl();
    graph.requests = [];
    const { pathname, search } = new URL(url);
    const headers = { authorization: `Bearer ${other.key}` };
    for (const path of [`/v24.0/${media}`, `${pathname}${search}`, pathname]) {
      const response = await call(path, { headers });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 100, error_subcode: 33 } });
    }
    const deleted = await call(`/v24.0/${media}`, { method: "DELETE", headers });
    expect(deleted.status).toBe(400);
    expect(graph.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
    expect(graph.fetched).toEqual([]);
  });

  it("does not find through its own upload note what now belongs to somebody else", async () => {
    graph.respond(({ path }) =>
      path.endsWith("/media") ? Response.json({ id: media }) : undefined,
    );
    await uploadTo(partner, number, formOf([["file", fileOf(9, "image/png")]]));
    await importNumber(await seedPartner(), number);
    graph.requests = [];
    expect((await partner.get(`/v24.0/${media}`)).status).toBe(400);
    expect(graph.requests).toEqual([]);
  });
});

describe("GET /{v}/{media_id}/download", () => {
  it("serves the bytes with Meta's type and length, and Meta's token goes to Meta only", async () => {
    serveBytes();
    const response = await download(await downloadUrl());
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("content-length")).toBe(String(BYTES.length));
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES);
    const [asked] = graph.fetched;
    expect(asked?.headers.get("authorization")).toBe(`Bearer token-of-${number.id}`);
    expect(asked?.headers.get("user-agent")).toBe("Tandem");
  });

  it("serves a part when a part is asked for", async () => {
    serveBytes();
    const response = await download(await downloadUrl(), { range: "bytes=2-8" });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes 2-8/${BYTES.length}`);
    expect(new TextDecoder().decode(await response.arrayBuffer())).toBe("picture");
  });

  it.each([
    ["no key", undefined],
    ["a wrong key", "Bearer tdm_abc_def"],
    ["Meta's own token", "Bearer token-of-310000000000001"],
  ])("is closed to %s", async (_, authorization) => {
    const { pathname, search } = new URL(await downloadUrl());
    const headers: HeadersInit = authorization === undefined ? {} : { authorization };
    const response = await call(`${pathname}${search}`, { headers });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 190 } });
    expect(graph.fetched).toEqual([]);
  });

  it("resolves once again when Meta's address has ended", async () => {
    const url = await downloadUrl();
    graph.requests = [];
    let tries = 0;
    graph.serveMedia(() => {
      tries += 1;
      return tries === 1 ? new Response(null, { status: 404 }) : new Response(BYTES);
    });
    const response = await download(url);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES);
    expect(askedOf(graph.requests)).toHaveLength(2);
  });

  it("is a 404 in Graph's shape when the second address does not serve either", async () => {
    const response = await download(await downloadUrl());
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 131052 } });
    expect(graph.fetched).toHaveLength(2);
  });

  it("is a 502 when Meta's media host fails", async () => {
    graph.serveMedia(() => new Response("oops", { status: 500 }));
    const response = await download(await downloadUrl());
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 131052, is_transient: true } });
  });

  it.each([
    ["an address in the clear", "http://media.test/plain"],
    ["an address with a name in it", "https://user:pass@media.test/x"],
    ["no address", "media.test"],
  ])("does not take the token to %s", async (_, url) => {
    graph.serveMedia(() => new Response(BYTES));
    holdAtGraph(media, number, url);
    expect((await download(await downloadUrl())).status).toBe(502);
    expect(graph.fetched).toEqual([]);
  });

  it("follows Meta to another host without the token", async () => {
    graph.serveMedia((request) =>
      new URL(request.url).host === "far.media.test"
        ? new Response(BYTES)
        : new Response(null, { status: 302, headers: { location: "https://far.media.test/b" } }),
    );
    const response = await download(await downloadUrl());
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES);
    expect(graph.fetched.map(({ headers }) => headers.get("authorization"))).toEqual([
      `Bearer token-of-${number.id}`,
      null,
    ]);
  });

  it("does not follow Meta round in circles", async () => {
    graph.serveMedia(() => new Response(null, { status: 302, headers: { location: "/again" } }));
    expect((await download(await downloadUrl())).status).toBe(502);
    expect(graph.fetched.length).toBeLessThan(6);
  });
});

describe("DELETE /{v}/{media_id}", () => {
  it("deletes at Meta, with the number named, and forgets the upload", async () => {
    graph.respond(({ path }) =>
      path.endsWith("/media") ? Response.json({ id: media }) : undefined,
    );
    await uploadTo(partner, number, formOf([["file", fileOf(9, "image/png")]]));
    const response = await remove(media);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ success: true });
    const deleted = graph.requests.filter(({ method }) => method === "DELETE");
    expect(deleted).toMatchObject([{ path: `/${media}`, query: { phone_number_id: number.id } }]);
    const { results } = await env.DB.prepare(`SELECT * FROM outgoing_media`).all();
    expect(results).toEqual([]);
  });

  it("deletes nothing that is not a file, such as the number itself", async () => {
    graph.respond(({ path }) =>
      path === `/${number.id}` ? Response.json({ id: number.id }) : undefined,
    );
    const response = await remove(number.id);
    expect(response.status).toBe(400);
    expect(graph.requests.map(({ method }) => method)).toEqual(["GET"]);
  });
});

function remove(id: string): Promise<Response> {
  return call(`/v24.0/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${partner.key}` },
  });
}

/** When each number changed last. */
async function changedAt(changes: Record<string, number>): Promise<void> {
  for (const id of Object.keys(changes)) await services().phone(id).flushed();
  await eventually(async () => {
    for (const [id, at] of Object.entries(changes)) {
      await env.DB.prepare(`UPDATE senders SET state_at = ?1 WHERE phone_number_id = ?2`)
        .bind(at, id)
        .run();
    }
  });
}
