import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";
import { DeployError } from "./deploy-error.ts";
import type { Wrangler } from "./wrangler.ts";

const bookmark = z.object({ bookmark: z.string() });

export interface Bookmarks {
  /** ISO: when they were noted, and for which instant; null: as each database then was. */
  notedAt: string;
  instant: string | null;
  reason: string;
  /** By binding. */
  databases: Record<string, string>;
}

/**
 * Asks each database for its Time Travel bookmark. With an instant all of them are of the same one;
 * without, each is of the moment that it was asked.
 *
 * @param instant within the last 30 days
 */
export async function readBookmarks(
  wrangler: Wrangler,
  bindings: string[],
  config: string,
  { instant, reason }: { instant: Date | null; reason: string },
): Promise<Bookmarks> {
  const databases: Record<string, string> = {};
  for (const binding of bindings) {
    const answer = await wrangler.read([
      "d1",
      "time-travel",
      "info",
      binding,
      "--json",
      "--config",
      config,
      ...(instant === null ? [] : ["--timestamp", instant.toISOString()]),
    ]);
    databases[binding] = bookmark.parse(answer).bookmark;
  }
  return {
    notedAt: new Date().toISOString(),
    instant: instant?.toISOString() ?? null,
    reason,
    databases,
  };
}

/** Time Travel reaches back so far (platform.md 1.2). */
const REACH_MS = 30 * 86_400_000;
/** This machine's clock and theirs differ: "now" must not lie ahead of a database's own. */
const NOW_IS_MS = 60_000;

/**
 * Which instant is meant.
 *
 * @param text ISO 8601 with its zone; undefined: a minute ago
 * @throws DeployError for one that no database can go back to
 */
export function readInstant(text: string | undefined, now: number): Date {
  if (text === undefined) return new Date(now - NOW_IS_MS);
  const at = /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new DeployError("--at: an instant such as 2026-11-22T06:30:00Z.");
  if (at <= now && at > now - REACH_MS) return new Date(at);
  throw new DeployError("--at: within the last 30 days; Time Travel reaches no further.");
}

export function keepBookmarks(file: string, bookmarks: Bookmarks): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(bookmarks)}\n`);
}
