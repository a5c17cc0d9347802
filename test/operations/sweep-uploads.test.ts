import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { noteUpload } from "../../src/database/outgoing-media.ts";
import { sweepUploads } from "../../src/operations/sweep-uploads.ts";
import { services } from "../support/seed.ts";

const DAY_MS = 24 * 3_600_000;

it("forgets uploads after the 30 days that Meta keeps them, looking once a day", async () => {
  const now = Date.now();
  const note = (media: string, at: number) =>
    noteUpload(env.DB, { sender: 1, media, type: "image/png", bytes: 7, at });
  const left = async () => {
    const { results } = await env.DB.prepare(`SELECT media FROM outgoing_media`).all();
    return results.map(({ media }) => media);
  };
  const sweepAt = (at: number) => sweepUploads({ ...services(), now: () => at });
  await note("old", now - 31 * DAY_MS);
  await note("young", now - 29 * DAY_MS);
  expect(await sweepAt(now)).toBe(1);
  expect(await left()).toEqual(["young"]);
  // Two days on it would be due; an hour after the last look nobody looks.
  await note("old again", now - 31 * DAY_MS);
  expect(await sweepAt(now + 3_600_000)).toBe(0);
  expect(await sweepAt(now + 2 * DAY_MS)).toBe(2);
  expect(await left()).toEqual([]);
});

it("looks again though a clock that was ahead has looked last", async () => {
  const now = Date.now();
  const sweepAt = (at: number) => sweepUploads({ ...services(), now: () => at });
  await sweepAt(now + 400 * DAY_MS);
  const old = { sender: 1, media: "old", type: "image/png", bytes: 7, at: now - 31 * DAY_MS };
  await noteUpload(env.DB, old);
  expect(await sweepAt(now)).toBe(1);
});
