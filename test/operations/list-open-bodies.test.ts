import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { arrivalKey, INBOX } from "../../src/operations/archive-keys.ts";
import { listOpenBodies } from "../../src/operations/list-open-bodies.ts";
import { sweepBodies } from "../../src/operations/sweep-bodies.ts";
import { services } from "../support/seed.ts";
import { HOUR } from "../support/storage.ts";

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
  expect(await listOpenBodies(services())).toEqual({
    open: [{ key: open, numbers: ["31"], mayBringMore: false }],
    next: null,
  });
  await env.ARCHIVE.delete(keys.slice(0, 1_000));
  await env.ARCHIVE.delete(keys.slice(1_000));
});

async function putBodies(states: ("stored" | "open")[], metadata?: Record<string, string>) {
  const start = Date.now() - HOUR;
  const keys = states.map((_, n) => arrivalKey(INBOX, start + n, `of ${n}`));
  for (const key of keys)
    await env.ARCHIVE.put(key, "{}", { customMetadata: metadata ?? { numbers: "31" } });
  const stored = keys.filter((_, n) => states[n] === "stored");
  await env.DB.prepare(
    `INSERT INTO history_bodies (key, state, at) SELECT value, 'stored', 0 FROM json_each(?1)`,
  )
    .bind(JSON.stringify(stored))
    .run();
  return keys;
}

it("lists every open body between stored ones once, and says where a look ended", async () => {
  const states = ["stored", "open", "stored", "stored", "open", "open", "stored"] as const;
  const keys = await putBodies([...states]);
  const open = keys.filter((_, n) => states[n] === "open");
  const found = await listOpenBodies(services());
  expect(found.open.map(({ key }) => key)).toEqual(open);
  expect(found.next).toBeNull();
  // The start moved to the last before which all is done.
  const mark = await env.DB.prepare(`SELECT value FROM marks WHERE name = 'sweep.bodies'`).first();
  expect(mark).toEqual({ value: keys[0] });
  expect((await listOpenBodies(services())).open.map(({ key }) => key)).toEqual(open);
  const behind = await listOpenBodies(services(), keys[4]);
  expect(behind.open.map(({ key }) => key)).toEqual([keys[5]]);
  await env.ARCHIVE.delete(keys);
});

it("points at bodies behind more open ones than a look takes, in turn", async () => {
  const total = 2_200;
  const keys: string[] = [];
  for (let from = 0; from < total; from += 100) {
    const some = Array.from({ length: 100 }, (_, n) =>
      arrivalKey(INBOX, Date.now() - HOUR + from + n, `of ${from + n}`),
    );
    await Promise.all(some.map((key) => env.ARCHIVE.put(key, "{}")));
    keys.push(...some);
  }
  const pointed = new Set<string>();
  const send = vi.spyOn(env.HISTORY, "sendBatch").mockImplementation((some) => {
    for (const { body } of some) pointed.add((body as { key: string }).key);
    return Promise.resolve({ metadata: {} } as QueueSendBatchResponse);
  });
  try {
    await sweepBodies(services(), 500);
    expect(pointed.size).toBe(2_000);
    await sweepBodies(services(), 500);
    expect(pointed.size).toBe(total);
    // Then from the front on again.
    expect(await sweepBodies(services(), 500)).toBe(2_000);
  } finally {
    send.mockRestore();
    for (let from = 0; from < total; from += 500)
      await env.ARCHIVE.delete(keys.slice(from, from + 500));
  }
});
