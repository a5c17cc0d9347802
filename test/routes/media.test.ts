import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { dropMedia } from "../../src/operations/drop-media.ts";
import { sweepMediaRetention } from "../../src/operations/sweep-media-retention.ts";
import { keepMedia } from "../../src/operations/keep-media.ts";
import {
  attempt,
  mediaIs,
  mediaRow,
  MetaFile,
  servicesAt,
  sweptAt,
  tried,
} from "../support/media.ts";
import { loggedOf } from "../support/quiet-logs.ts";
import { asOperator, call, deliver, evict, seedPartner, seedSender } from "../support/seed.ts";
import { eventsOf } from "../support/sends.ts";
import { archiveKeys, DAY, HOUR, senderOf, setClock } from "../support/storage.ts";
import { inbound } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const text = (value: string) => Uint8Array.from(new TextEncoder().encode(value));

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedSender());
});

const pathOf = (wamid: string, of = number) =>
  `/v1/senders/${of.id}/media/${encodeURIComponent(wamid)}`;

function ask(path: string, headers: Record<string, string>, method = "GET"): Promise<Response> {
  return call(path, { method, headers: { authorization: `Bearer ${partner.key}`, ...headers } });
}

async function stored(file = new MetaFile(), options: Parameters<MetaFile["message"]>[0] = {}) {
  const message = file.message(options);
  await deliver(number, inbound(number, message));
  await mediaIs(number, message.id, "stored");
  return message.id;
}

async function linkOf(wamid: string, body?: object): Promise<{ path: string; expires_at: string }> {
  const response = await (body === undefined
    ? ask(`${pathOf(wamid)}/link`, {}, "POST")
    : partner.post(`${pathOf(wamid)}/link`, body));
  expect(response.status).toBe(201);
  const { url, expires_at } = await response.json<{ url: string; expires_at: string }>();
  return { path: new URL(url).pathname, expires_at };
}

describe("a stored file", () => {
  it("is served in parts, and not again to who has it", async () => {
    const file = new MetaFile(text("0123456789"), "text/plain");
    const wamid = await stored(file, { type: "document" });
    const whole = await partner.get(pathOf(wamid));
    const etag = whole.headers.get("etag") ?? "";
    expect([whole.headers.get("content-length"), await whole.text()]).toEqual(["10", "0123456789"]);
    const part = async (range: string, more: Record<string, string> = {}) => {
      const response = await ask(pathOf(wamid), { range, ...more });
      return [response.status, response.headers.get("content-range"), await response.text()];
    };
    expect(await part("bytes=3-5")).toEqual([206, "bytes 3-5/10", "345"]);
    expect(await part("bytes=-2")).toEqual([206, "bytes 8-9/10", "89"]);
    expect(await part("bytes=8-99")).toEqual([206, "bytes 8-9/10", "89"]);
    expect(await part("bytes=10-")).toEqual([416, "bytes */10", ""]);
    expect(await part("bytes=1-2,4-5")).toEqual([200, null, "0123456789"]);
    expect(await part("bytes=3-5", { "if-range": etag })).toEqual([206, "bytes 3-5/10", "345"]);
    expect(await part("bytes=3-5", { "if-range": '"other"' })).toEqual([200, null, "0123456789"]);
    expect((await ask(pathOf(wamid), { "if-none-match": etag })).status).toBe(304);
  });

  it("never runs in a browser: an attachment, unless its bytes are a picture's", async () => {
    const page = text("<script>alert(1)</script>");
    const cases = [
      [new MetaFile(), "image", "image/png", "inline"],
      [new MetaFile(page, "text/html"), "document", "text/html", "attachment"],
      [new MetaFile(page, "image/png"), "image", "application/octet-stream", "attachment"],
      [new MetaFile(text("%PDF-1.7 "), "image/png"), "image", "application/pdf", "attachment"],
      [new MetaFile(page, "image/svg+xml"), "image", "image/svg+xml", "attachment"],
    ] as const;
    for (const [file, type, mimeType, how] of cases) {
      const response = await partner.get(pathOf(await stored(file, { type })));
      expect(response.headers.get("content-type")).toBe(mimeType);
      expect(response.headers.get("content-disposition")).toMatch(new RegExp(`^${how};`));
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("content-security-policy")).toContain("sandbox");
      expect(response.headers.get("cache-control")).toContain("private");
      await response.body?.cancel();
    }
  });

  it("has a name that harms nobody", async () => {
    const filename = '../../étude "final"\u202egpj.exe\r\nx: y';
    const file = new MetaFile(text("%PDF-1.7 "), "application/pdf");
    const wamid = await stored(file, { type: "document", part: { filename } });
    const { headers } = await partner.get(pathOf(wamid));
    expect(headers.get("content-disposition")).toBe(
      `attachment; filename="_..__tude _final_gpj.exex_ y"; filename*=UTF-8''_.._%C3%A9tude%20_final_gpj.exex_%20y`,
    );
  });

  it("is as absent as none for another partner, and for none without a key", async () => {
    const wamid = await stored();
    const other = await seedSender();
    for (const path of [pathOf(wamid), pathOf(wamid, other.number)]) {
      const response = await other.partner.get(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "not_found" });
    }
    expect((await call(pathOf(wamid))).status).toBe(401);
    const gone = await call(pathOf(wamid), {
      method: "DELETE",
      headers: { authorization: `Bearer ${other.partner.key}` },
    });
    expect(gone.status).toBe(404);
    expect((await partner.get(pathOf(wamid))).status).toBe(200);
  });

  it("is not there for a message without one", async () => {
    expect((await partner.get(pathOf("wamid.nothing"))).status).toBe(404);
  });

  it("that is still fetched is a conflict that says so", async () => {
    const file = new MetaFile();
    file.hostStatuses = [503, 503, 503];
    const message = file.message();
    await deliver(number, inbound(number, message));
    await tried(number, message.id);
    for (const response of [
      await partner.get(pathOf(message.id)),
      await ask(`${pathOf(message.id)}/link`, {}, "POST"),
    ]) {
      expect(await response.json()).toMatchObject({ status: 409, code: "media_pending" });
    }
  });
});

describe("a link", () => {
  it("opens the file without a key, after Meta's copy is gone and after a restart", async () => {
    const file = new MetaFile();
    const wamid = await stored(file);
    const { path, expires_at } = await linkOf(wamid);
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(DAY - 5_000);
    expect(path).not.toContain("wamid");
    file.isAbsent = true;
    await evict(number);
    const response = await call(path);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(file.bytes);
    expect(response.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect((await call(path, { headers: { range: "bytes=0-3" } })).status).toBe(206);
  });

  it("ends when it says, and says so; a changed one is refused", async () => {
    const wamid = await stored();
    const { path } = await linkOf(wamid, { expires_in: 60 });
    const [sender, hash, expiry, signature] = path.replace("/media/", "").split(".");
    const later = (Number.parseInt(expiry ?? "", 36) + 9_999).toString(36);
    const forged = [
      "nonsense",
      [sender, hash, later, signature].join("."),
      [Number(sender) + 1, hash, expiry, signature].join("."),
      [sender, "0".repeat(32), expiry, signature].join("."),
    ];
    for (const token of forged) {
      const response = await call(`/media/${token}`);
      expect(await response.json()).toMatchObject({ status: 403, code: "link_invalid" });
    }
    setClock(Date.now() + 61_000);
    expect(await (await call(path)).json()).toMatchObject({ status: 410, code: "link_expired" });
  });

  it.each([0, 59, 30 * 86_400 + 1, 1.5, "day"])(
    "for %s seconds is refused, naming the field",
    async (expires_in) => {
      const wamid = await stored();
      const response = await partner.post(`${pathOf(wamid)}/link`, { expires_in });
      expect(await response.json()).toMatchObject({ status: 400, field: "expires_in" });
    },
  );
});

describe("deleting a file", () => {
  it("takes its bytes away, ends its links, is told, and is for good", async () => {
    const file = new MetaFile();
    const wamid = await stored(file);
    const { path } = await linkOf(wamid);
    for (let turn = 0; turn < 2; turn++) {
      expect((await ask(pathOf(wamid), {}, "DELETE")).status).toBe(204);
    }
    expect(await archiveKeys("media/")).toEqual([]);
    expect(await (await partner.get(pathOf(wamid))).json()).toMatchObject({
      status: 410,
      code: "media_deleted",
    });
    expect((await call(path)).status).toBe(410);
    expect(await eventsOf(partner, number, "media.deleted")).toMatchObject([
      { data: { wamid, reason: "partner" } },
    ]);
    // Beside a line Cloudflare keeps the request's address, and the wamid is in that.
    expect(loggedOf("media.deleted")).toEqual([]);
    // Meta repeats it, also under another id.
    await deliver(number, inbound(number, file.message({ wamid })));
    await deliver(number, inbound(number, new MetaFile().message({ wamid })));
    expect((await mediaRow(number, wamid))?.["state"]).toBe("deleted");
    expect(file.downloads).toBe(1);
  });

  it("that is cut short is ended by whoever comes next", async () => {
    const wamid = await stored();
    const sender = await senderOf(number);
    const broken = servicesAt(Date.now());
    const archive = { delete: () => Promise.reject(new Error("away")) } as unknown as R2Bucket;
    const cut = dropMedia({ ...broken, archive }, sender, [wamid], "partner");
    await expect(cut).rejects.toThrow("away");
    expect(await archiveKeys("media/")).toHaveLength(1);
    expect((await partner.get(pathOf(wamid))).status).toBe(410);
    expect(await sweptAt(Date.now() + HOUR)).toBe(1);
    await attempt(number, wamid, Date.now() + HOUR);
    expect(await archiveKeys("media/")).toEqual([]);
    expect(await mediaRow(number, wamid)).toMatchObject({ state: "deleted", due_at: null });
  });

  it("while it is being fetched leaves nothing behind", async () => {
    const file = new MetaFile();
    file.hostStatuses = [503, 503, 503];
    const message = file.message();
    await deliver(number, inbound(number, message));
    await tried(number, message.id);
    const { key } = await senderOf(number);
    const at = Date.now() + HOUR;
    const slow = servicesAt(at);
    file.beforeServing = () => ask(pathOf(message.id), {}, "DELETE");
    await keepMedia(slow, { sender: key, wamid: message.id });
    expect((await mediaRow(number, message.id))?.["state"]).toBe("deleted");
    expect(await archiveKeys("media/")).toEqual([]);
    const types = (await partner.events(number.id)).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith("media."))).toEqual(["media.deleted"]);
  });
});

describe("retention", () => {
  const patch = (id: string, body: unknown) =>
    call(`/v1/admin/partners/${id}`, {
      method: "PATCH",
      headers: { authorization: "Bearer test-operator-token", "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  it("deletes what is older than the partner keeps, and nobody else's", async () => {
    const wamid = await stored();
    const other = await seedSender();
    const kept = new MetaFile().message();
    await deliver(other.number, inbound(other.number, kept));
    await mediaIs(other.number, kept.id, "stored");
    const sweepAfter = (days: number) => sweepMediaRetention(servicesAt(Date.now() + days * DAY));
    expect(await sweepAfter(400)).toBe(0);

    expect((await patch(partner.id, { media_retention_days: 30 })).status).toBe(200);
    expect(await sweepAfter(29)).toBe(0);
    expect(await sweepAfter(31)).toBe(1);
    expect(await sweepAfter(31)).toBe(0);
    expect(await mediaRow(number, wamid)).toMatchObject({ state: "deleted", reason: "retention" });
    expect((await mediaRow(other.number, kept.id))?.["state"]).toBe("stored");
    expect(await archiveKeys("media/")).toHaveLength(1);
    expect(await eventsOf(partner, number, "media.deleted")).toMatchObject([
      { data: { wamid, reason: "retention" } },
    ]);
  });

  it("is set with the partner or later, and taken back", async () => {
    const created = await asOperator("/v1/admin/partners", {
      name: "Tidy",
      media_retention_days: 7,
    });
    const { id, ...rest } = await created.json<{ id: string }>();
    expect(rest).toEqual({
      name: "Tidy",
      logo_url: null,
      media_retention_days: 7,
      message_retention_days: null,
    });
    const back = await patch(id, { media_retention_days: null });
    expect(await back.json()).toMatchObject({ id, media_retention_days: null });
    const row = await env.DB.prepare(
      `SELECT media_retention_days AS days FROM partners WHERE id = ?`,
    )
      .bind(id)
      .first();
    expect(row).toEqual({ days: null });
  });

  it.each([0, -1, 1.5, 3_651, "7"])("of %s days is refused", async (days) => {
    const { id } = await seedPartner();
    const response = await patch(id, { media_retention_days: days });
    expect(await response.json()).toMatchObject({ status: 400, field: "media_retention_days" });
  });

  it("of an unknown partner is not found", async () => {
    expect((await patch("partner_nobody", { media_retention_days: 3 })).status).toBe(404);
  });
});

it("attempts at a file that is stored, or of nobody, do nothing", async () => {
  const file = new MetaFile();
  const wamid = await stored(file);
  await attempt(number, wamid, Date.now() + DAY);
  await keepMedia(servicesAt(Date.now()), { sender: 999_999, wamid });
  expect(file.downloads).toBe(1);
});
