import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { discardUnrouted } from "../../src/operations/discard-left-over.ts";
import { services } from "../support/seed.ts";
import { archiveKeys } from "../support/storage.ts";

/** An item that nobody could use; a large one has its content in the archive. */
async function leaveItem(id: string, raw: object): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO unrouted (id, field, reason, raw, at) VALUES (?, 'messages', 'too_large', ?, 1)`,
  )
    .bind(id, JSON.stringify(raw))
    .run();
}

it("an item that is discarded leaves no copy in the archive, and other items stay", async () => {
  await env.ARCHIVE.put("oversize/a", "large");
  await env.ARCHIVE.put("oversize/b", "large");
  await leaveItem("a", { kind: "raw", raw: { archive_key: "oversize/a" } });
  await leaveItem("b", { archive_key: "oversize/b" });
  await leaveItem("c", { kind: "raw", raw: {} });
  expect(await discardUnrouted(services(), "DB", "a")).toBe(true);
  expect(await archiveKeys("oversize/")).toEqual(["oversize/b"]);
  expect(await discardUnrouted(services(), "DB", "c")).toBe(true);
  expect(await discardUnrouted(services(), "DB", "c")).toBe(false);
  const { results } = await env.DB.prepare(`SELECT id FROM unrouted`).all();
  expect(results).toEqual([{ id: "b" }]);
});
