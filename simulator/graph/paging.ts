import type { World } from "../world.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphContext } from "./graph-env.ts";

const LIMIT_DEFAULT = 25;

/**
 * A page of a list, by `limit`, `after` and `before`. The addresses of its neighbours carry the
 * caller's own access token, as Graph's do: whoever passes them on gives the token away.
 */
export function pageOf(world: World, c: GraphContext, list: unknown[]): Record<string, unknown> {
  const limit = Number(c.req.query("limit") ?? LIMIT_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1)
    throw new GraphError({ code: 100, details: "limit is a number of at least 1" });
  const before = indexOf(c.req.query("before"));
  const after = indexOf(c.req.query("after"));
  const start = before === null ? (after ?? -1) + 1 : Math.max(0, before - limit);
  const end = before ?? start + limit;
  const data = list.slice(start, end);
  if (data.length === 0) return { data };
  const first = cursorOf(start);
  const last = cursorOf(start + data.length - 1);
  return {
    data,
    paging: {
      cursors: { before: first, after: last },
      ...(start + data.length < list.length
        ? { next: addressOf(world, c, limit, { after: last }) }
        : {}),
      ...(start > 0 ? { previous: addressOf(world, c, limit, { before: first }) } : {}),
    },
  };
}

function addressOf(
  world: World,
  c: GraphContext,
  limit: number,
  place: Record<string, string>,
): string {
  const url = new URL(c.req.path, world.url);
  const { after: _after, before: _before, access_token: given, ...rest } = c.req.query();
  const token = given ?? c.req.header("authorization")?.replace(/^Bearer\s+/i, "") ?? "";
  const query = { ...rest, access_token: token, limit: String(limit), ...place };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

function cursorOf(index: number): string {
  return Buffer.from(`at:${index}`).toString("base64url");
}

function indexOf(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const index = /^at:(\d+)$/.exec(Buffer.from(cursor, "base64url").toString())?.[1];
  if (index === undefined) throw new GraphError({ code: 100, details: "The cursor is not valid" });
  return Number(index);
}
