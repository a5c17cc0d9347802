import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { arrivalKey, INBOX } from "../../src/operations/archive-keys.ts";
import { listOpenBodies } from "../../src/operations/list-open-bodies.ts";
import { services } from "../support/seed.ts";

it("finds an open body behind more than a thousand that are stored", async () => {
  const now = Date.now();
  const keys = Array.from({ length: 1_050 }, (_, n) => arrivalKey(INBOX, now + n, `body ${n}`));
  await Promise.all(
    keys.map((key) => env.ARCHIVE.put(key, "{}", { customMetadata: { numbers: "31" } })),
  );
  const open = keys.toSorted().at(-1) ?? "";
  await env.DB.prepare(
    `INSERT INTO history_bodies (key, state, at)
     SELECT value, 'stored', 0 FROM json_each(?1) WHERE value != ?2`,
  )
    .bind(JSON.stringify(keys), open)
    .run();
  expect(await listOpenBodies(services())).toEqual([
    { key: open, numbers: ["31"], mayBringMore: false },
  ]);
  await env.ARCHIVE.delete(keys.slice(0, 1_000));
  await env.ARCHIVE.delete(keys.slice(1_000));
});
